namespace SernetStream.Pipeline.Echo;

/// <summary>
/// The Fourier transforms of two real signals at once, there and back: one is the real part of a complex signal, the other its
/// imaginary part. Nothing is allocated after construction. One thread.
/// </summary>
internal sealed class PairTransform
{
    private readonly int _length;
    private readonly int[] _reversed;
    private readonly float[] _cos;
    private readonly float[] _sin;
    private readonly float[] _re;
    private readonly float[] _im;

    /// <param name="length">Samples of each signal, a power of two.</param>
    public PairTransform(int length)
    {
        _length = length;
        (_cos, _sin, _reversed) = (new float[length / 2], new float[length / 2], new int[length]);
        _re = GC.AllocateArray<float>(length, pinned: true);
        _im = GC.AllocateArray<float>(length, pinned: true);
        for (var i = 0; i < length / 2; i++)
        {
            var (sin, cos) = Math.SinCos(-2 * Math.PI * i / length);
            (_cos[i], _sin[i]) = ((float)cos, (float)sin);
        }

        for (int i = 1, j = 0; i < length; i++)
        {
            var bit = length >> 1;
            for (; (j & bit) != 0; bit >>= 1)
            {
                j ^= bit;
            }

            j |= bit;
            _reversed[i] = j;
        }
    }

    /// <summary>The spectra of two signals, from zero to half the rate.</summary>
    public void Forward(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Spectrum spectrumA, Spectrum spectrumB)
    {
        a.CopyTo(_re);
        b.CopyTo(_im);
        Transform(_re, _im);
        for (var k = 0; k <= _length / 2; k++)
        {
            var mirror = (_length - k) & (_length - 1);
            spectrumA.Re[k] = 0.5f * (_re[k] + _re[mirror]);
            spectrumA.Im[k] = 0.5f * (_im[k] - _im[mirror]);
            spectrumB.Re[k] = 0.5f * (_im[k] + _im[mirror]);
            spectrumB.Im[k] = 0.5f * (_re[mirror] - _re[k]);
        }
    }

    /// <summary>The signals of two spectra.</summary>
    public void Inverse(Spectrum spectrumA, Spectrum spectrumB, Span<float> a, Span<float> b)
    {
        var half = _length / 2;
        for (var k = 0; k <= half; k++)
        {
            // Of the two bins that are their own mirror, a real signal has no imaginary part.
            var isOwnMirror = k == 0 || k == half;
            var (aRe, aIm) = (spectrumA.Re[k], isOwnMirror ? 0 : spectrumA.Im[k]);
            var (bRe, bIm) = (spectrumB.Re[k], isOwnMirror ? 0 : spectrumB.Im[k]);
            (_re[k], _im[k]) = (aRe - bIm, aIm + bRe);
            if (!isOwnMirror)
            {
                (_re[_length - k], _im[_length - k]) = (aRe + bIm, bRe - aIm);
            }
        }

        // The inverse is the transform with the parts exchanged.
        Transform(_im, _re);
        var scale = 1f / _length;
        for (var i = 0; i < _length; i++)
        {
            a[i] = _re[i] * scale;
            b[i] = _im[i] * scale;
        }
    }

    /// <summary>Overwrites what the last signals left.</summary>
    public void Silence()
    {
        Array.Clear(_re);
        Array.Clear(_im);
    }

    private void Transform(float[] re, float[] im)
    {
        for (var i = 1; i < _length; i++)
        {
            var j = _reversed[i];
            if (i < j)
            {
                (re[i], re[j]) = (re[j], re[i]);
                (im[i], im[j]) = (im[j], im[i]);
            }
        }

        for (int half = 1, stride = _length / 2; half < _length; half *= 2, stride /= 2)
        {
            for (var start = 0; start < _length; start += 2 * half)
            {
                for (int i = start, t = 0; i < start + half; i++, t += stride)
                {
                    var j = i + half;
                    var turnedRe = (re[j] * _cos[t]) - (im[j] * _sin[t]);
                    var turnedIm = (re[j] * _sin[t]) + (im[j] * _cos[t]);
                    (re[j], im[j]) = (re[i] - turnedRe, im[i] - turnedIm);
                    (re[i], im[i]) = (re[i] + turnedRe, im[i] + turnedIm);
                }
            }
        }
    }
}

/// <summary>One half of the spectrum of a real signal; the rest are zeros, up to whole vectors.</summary>
internal readonly struct Spectrum
{
    /// <param name="bins">How many numbers each part has.</param>
    public Spectrum(int bins)
        : this(GC.AllocateArray<float>(bins, pinned: true), GC.AllocateArray<float>(bins, pinned: true))
    {
    }

    private Spectrum(float[] re, float[] im) => (Re, Im) = (re, im);

    public float[] Re { get; }

    public float[] Im { get; }

    public void Clear()
    {
        Array.Clear(Re);
        Array.Clear(Im);
    }
}
