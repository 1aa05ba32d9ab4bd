using SernetStream.Audio.Files;
using SernetStream.Dsp.Resampling;
using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Streaming;

/// <summary>
/// Recordings one after the other, in an order drawn once, over and over, each brought to the same RMS. One is in memory at
/// a time.
/// </summary>
internal sealed class BackgroundNoise
{
    private static readonly string[] AudioEndings = [".wav", ".flac", ".ogg", ".opus", ".aiff", ".aif", ".mp3"];

    private readonly string[] _files;
    private readonly int _sampleRate;
    private readonly double _rms;
    private float[] _current = [];
    private int _next;
    private int _position;
    private int _silent;

    /// <param name="path">A recording, or a folder that holds some, at any depth.</param>
    /// <param name="sampleRate">Samples per second to deliver.</param>
    /// <param name="rms">How loud, 1 being the RMS of a full square wave.</param>
    /// <param name="random">Draws their order.</param>
    /// <exception cref="CorpusException">There is no recording.</exception>
    public BackgroundNoise(string path, int sampleRate, double rms, Random random)
    {
        (_sampleRate, _rms) = (sampleRate, rms);
        if (!Directory.Exists(path))
        {
            _files = [path];
            return;
        }

        _files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => AudioEndings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal)];
        if (_files.Length == 0)
        {
            throw new CorpusException(CorpusError.Missing, $"The folder {path} holds no recordings ({string.Join(", ", AudioEndings)}); give one that does to --noise.");
        }

        random.Shuffle(_files);
    }

    /// <summary>Adds the next noise to what is there.</summary>
    /// <exception cref="AudioFileException">A recording cannot be read.</exception>
    /// <exception cref="CorpusException">All recordings are silent.</exception>
    public void AddTo(Span<float> samples)
    {
        while (!samples.IsEmpty)
        {
            if (_position == _current.Length)
            {
                Load();
            }

            var count = Math.Min(samples.Length, _current.Length - _position);
            for (var i = 0; i < count; i++)
            {
                samples[i] += _current[_position + i];
            }

            _position += count;
            samples = samples[count..];
        }
    }

    private void Load()
    {
        var clip = AudioFile.ReadAll(_files[_next]);
        _next = (_next + 1) % _files.Length;
        _position = 0;
        _current = Resampler.Resample(clip.Samples, clip.SampleRate, _sampleRate);
        var power = SpeechExtent.Power(_current);
        if (power == 0)
        {
            _current = [];
            if (++_silent == _files.Length)
            {
                throw new CorpusException(CorpusError.Missing, "All recordings of --noise are silent; give others.");
            }

            return;
        }

        _silent = 0;
        var gain = (float)(_rms / Math.Sqrt(power));
        foreach (ref var sample in _current.AsSpan())
        {
            sample *= gain;
        }
    }
}
