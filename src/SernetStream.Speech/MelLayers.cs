using System.Numerics;
using SernetStream.Dsp.Simd;

namespace SernetStream.Speech;

/// <summary>Every input to every output, then no less than zero. Lanes are outputs; each is summed in the order of the inputs.</summary>
/// <param name="bias">One an output: a multiple of 32.</param>
/// <param name="weights">Inputs × outputs.</param>
/// <param name="mode">Which implementation runs.</param>
internal sealed class DenseLayer(float[] bias, float[] weights, SimdMode mode)
{
    private readonly bool _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;

    /// <summary>Writes the outputs.</summary>
    public void Apply(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        // Two vectors at a time, so that no addition waits for the one before it.
        var width = Vector<float>.Count;
        var lane = 0;
        for (; _isVector && lane < outputs.Length; lane += 2 * width)
        {
            var (low, high) = (new Vector<float>(bias, lane), new Vector<float>(bias, lane + width));
            for (var (i, row) = (0, lane); i < inputs.Length; i++, row += outputs.Length)
            {
                var input = new Vector<float>(inputs[i]);
                low += new Vector<float>(weights, row) * input;
                high += new Vector<float>(weights, row + width) * input;
            }

            Vector.Max(low, Vector<float>.Zero).CopyTo(outputs[lane..]);
            Vector.Max(high, Vector<float>.Zero).CopyTo(outputs[(lane + width)..]);
        }

        for (; lane < outputs.Length; lane++)
        {
            var sum = bias[lane];
            for (var i = 0; i < inputs.Length; i++)
            {
                sum += weights[(i * outputs.Length) + lane] * inputs[i];
            }

            outputs[lane] = Math.Max(sum, 0);
        }
    }
}

/// <summary>Each channel by itself over what it was at earlier frames, evenly spaced, up to now.</summary>
internal sealed class LookingBack
{
    private readonly float[] _bias;
    private readonly float[] _weights;
    private readonly int _dilation;
    private readonly int _frames;
    private readonly float[] _ring;
    private readonly bool _isVector;
    private int _newest;

    /// <param name="bias">One a channel: a multiple of 16.</param>
    /// <param name="weights">Taps × channels, the oldest tap first.</param>
    /// <param name="dilation">Frames from tap to tap.</param>
    /// <param name="mode">Which implementation runs.</param>
    public LookingBack(float[] bias, float[] weights, int dilation, SimdMode mode)
    {
        (_bias, _weights, _dilation) = (bias, weights, dilation);
        _frames = (((weights.Length / bias.Length) - 1) * dilation) + 1;
        _ring = new float[_frames * bias.Length];
        _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;
    }

    /// <summary>Takes the channels of the next frame, and writes those of the result.</summary>
    public void Apply(ReadOnlySpan<float> inputs, Span<float> outputs)
    {
        var channels = _bias.Length;
        _newest = (_newest + 1) % _frames;
        inputs.CopyTo(_ring.AsSpan(_newest * channels, channels));
        _bias.CopyTo(outputs);

        // What follows the newest in the ring is the oldest.
        for (var (tap, frame) = (0, (_newest + 1) % _frames); tap * channels < _weights.Length; tap++)
        {
            Add(_ring.AsSpan(frame * channels, channels), _weights.AsSpan(tap * channels, channels), outputs);
            frame = (frame + _dilation) % _frames;
        }
    }

    /// <summary>Forgets earlier frames.</summary>
    public void Reset()
    {
        Array.Clear(_ring);
        _newest = 0;
    }

    private void Add(ReadOnlySpan<float> values, ReadOnlySpan<float> weights, Span<float> sums)
    {
        var i = 0;
        for (; _isVector && i < sums.Length; i += Vector<float>.Count)
        {
            var product = new Vector<float>(values[i..]) * new Vector<float>(weights[i..]);
            (new Vector<float>(sums[i..]) + product).CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += values[i] * weights[i];
        }
    }
}
