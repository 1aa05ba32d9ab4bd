using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Streaming;

/// <summary>Takes an utterance as it begins to be played.</summary>
/// <param name="clip">Which it is.</param>
/// <param name="samples">All of it as it is played, noise included; valid until the source is read again.</param>
/// <param name="utterance">Where it lies in the stream.</param>
internal delegate void UtterancePlayed(LabelledClip clip, ReadOnlySpan<float> samples, PlayedUtterance utterance);

/// <summary>
/// Utterances with pauses around them as one stream, over noise or silence. It waits for its reader. One recording is in
/// memory at a time.
/// </summary>
/// <remarks>
/// With noise, the speech of each utterance is brought to −26 dB of full scale (RMS), as is usual in telephony (ITU-T
/// P.56, P.800), and the noise lies below that throughout; without, recordings are as loud as they are.
/// </remarks>
internal sealed class UtteranceSource : IAudioSource
{
    /// <summary>Samples a read delivers at most: a step of the speech gate, so that <see cref="Seconds"/> is exact to 32 ms.</summary>
    private const int BlockLength = 512;

    private static readonly double SpeechRms = Math.Pow(10, -26 / 20.0);

    private readonly LabelledClip[] _clips;
    private readonly Func<LabelledClip, float[]?> _load;
    private readonly Func<string, int> _indexOf;
    private readonly UtterancePlayed _played;
    private readonly (double Min, double Max) _pause;
    private readonly Random _random;
    private readonly BackgroundNoise? _noise;
    private long _position;
    private int _nextClip;
    private float[] _clip = [];
    private int _clipPosition;
    private int _pauseLeft;

    /// <param name="clips">What to play.</param>
    /// <param name="load">Reads one at <see cref="Rate"/>; null: it could not be read, and is left out.</param>
    /// <param name="indexOf">Where a label stands among the model's.</param>
    /// <param name="options">How.</param>
    /// <param name="played">Hears of each.</param>
    /// <exception cref="CorpusException">There is no noise.</exception>
    public UtteranceSource(
        IReadOnlyList<LabelledClip> clips,
        Func<LabelledClip, float[]?> load,
        Func<string, int> indexOf,
        StreamingOptions options,
        UtterancePlayed played)
    {
        (_load, _indexOf, _played, _pause) = (load, indexOf, played, options.Pause);
        _random = new Random(options.Seed);
        _clips = [.. clips];
        if (!options.InOrder)
        {
            _random.Shuffle(_clips);
        }

        _noise = options.Noise is { } noise
            ? new BackgroundNoise(noise, Rate, SpeechRms * Math.Pow(10, -options.SnrDb / 20), _random)
            : null;
        _pauseLeft = DrawPause();
    }

    /// <summary>Samples per second: those of the pipeline.</summary>
    public static int Rate => 16000;

    /// <inheritdoc/>
    public string Name => "utterances";

    /// <inheritdoc/>
    public int SampleRate => Rate;

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <summary>How much was delivered, in seconds.</summary>
    public double Seconds => (double)_position / Rate;

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var block = destination[..Math.Min(BlockLength, destination.Length)];
        var filled = 0;
        while (filled < block.Length && (_pauseLeft > 0 || _clipPosition < _clip.Length || NextClip(filled)))
        {
            filled += _pauseLeft > 0 ? Pause(block[filled..]) : Speak(block[filled..]);
        }

        _position += filled;
        return new AudioBlock(filled, Stopwatch.GetTimestamp(), 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // There is nothing to close.
    }

    private int Pause(Span<float> destination)
    {
        var count = Math.Min(destination.Length, _pauseLeft);
        destination[..count].Clear();
        _noise?.AddTo(destination[..count]);
        _pauseLeft -= count;
        return count;
    }

    private int Speak(Span<float> destination)
    {
        var count = Math.Min(destination.Length, _clip.Length - _clipPosition);
        _clip.AsSpan(_clipPosition, count).CopyTo(destination);
        _clipPosition += count;
        if (_clipPosition == _clip.Length)
        {
            _pauseLeft = DrawPause();
        }

        return count;
    }

    private bool NextClip(int filled)
    {
        while (_nextClip < _clips.Length)
        {
            var clip = _clips[_nextClip++];
            if (_load(clip) is not { Length: > 0 } samples)
            {
                continue;
            }

            (_clip, _clipPosition) = (samples, 0);
            var (start, end) = SpeechExtent.Of(samples, Rate);
            if (_noise is not null)
            {
                Scale(samples, Math.Sqrt(SpeechExtent.Power(samples.AsSpan(start..end))));
                _noise.AddTo(samples);
            }

            double At(int sample) => (double)(_position + filled + sample) / Rate;
            _played(clip, samples, new PlayedUtterance(_indexOf(clip.Label), At(0), At(samples.Length), At(start), At(end)));
            return true;
        }

        return false;
    }

    private static void Scale(float[] samples, double rms)
    {
        var gain = rms > 0 ? (float)(SpeechRms / rms) : 1;
        foreach (ref var sample in samples.AsSpan())
        {
            sample *= gain;
        }
    }

    private int DrawPause() => (int)((_pause.Min + (_random.NextDouble() * (_pause.Max - _pause.Min))) * Rate);
}
