using System.Buffers.Binary;
using SernetStream.Audio;
using SernetStream.Audio.Files;
using SernetStream.Dsp.Resampling;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>The input of the soaks: 16 kHz, mono.</summary>
internal static class Sounds
{
    public const int SampleRate = 16000;

    /// <summary>Six sentences with silence between them.</summary>
    public static float[] Spoken { get; } = Load(Repository.PathOf("samples", "spoken.flac"));

    public static float[] Silence(double seconds) => new float[(int)(seconds * SampleRate)];

    /// <summary>White noise of an RMS of 0.05, −26 dB.</summary>
    public static float[] White(double seconds)
    {
        var random = new Random(1);
        return [.. Silence(seconds).Select(_ => (float)((random.NextDouble() - 0.5) * 0.05 * Math.Sqrt(12)))];
    }

    /// <summary>Pink noise of about −30 dB, by the filter of Paul Kellet ("economy" form).</summary>
    public static float[] Pink(double seconds)
    {
        double a = 0, b = 0, c = 0;
        return [.. White(seconds).Select(white =>
        {
            a = (0.99765 * a) + (white * 0.0990460);
            b = (0.96300 * b) + (white * 0.2965164);
            c = (0.57000 * c) + (white * 1.0526913);
            return (float)((a + b + c + (white * 0.1848)) * 0.3);
        })];
    }

    /// <summary>A recording, resampled.</summary>
    public static float[] Load(string path)
    {
        var clip = AudioFile.ReadAll(path);
        return Resampler.Resample(clip.Samples, clip.SampleRate, SampleRate);
    }

    /// <summary>Repeats a sound to this length.</summary>
    public static float[] Loop(float[] samples, double seconds)
    {
        var result = Silence(seconds);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = samples[i % samples.Length];
        }

        return result;
    }

    public static double Rms(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples)
        {
            sum += sample * (double)sample;
        }

        return Math.Sqrt(sum / samples.Length);
    }

    /// <summary>A 16-bit WAV file.</summary>
    public static void WriteWav(string path, ReadOnlySpan<float> samples)
    {
        var bytes = new byte[44 + (samples.Length * 2)];
        var span = bytes.AsSpan();
        "RIFF"u8.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], bytes.Length - 8);
        "WAVEfmt "u8.CopyTo(span[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(span[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], SampleRate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[34..], 16);
        "data"u8.CopyTo(span[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[40..], samples.Length * 2);
        for (var i = 0; i < samples.Length; i++)
        {
            var value = (short)Math.Clamp(Math.Round(samples[i] * 32768f), short.MinValue, short.MaxValue);
            BinaryPrimitives.WriteInt16LittleEndian(span[(44 + (i * 2))..], value);
        }

        File.WriteAllBytes(path, bytes);
    }
}

/// <summary>Plays several sounds from memory one after the other, repeatedly, as fast as they are read.</summary>
internal sealed class LoopSource(IReadOnlyList<float[]> pieces, long length) : IAudioSource
{
    private long _delivered;
    private int _piece;
    private int _position;

    public string Name => "loop";

    public int SampleRate => Sounds.SampleRate;

    public bool IsLive => false;

    /// <summary>Called before each block with the samples delivered so far.</summary>
    public Action<long> Progress { get; init; } = _ => { };

    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Progress(_delivered);
        var piece = pieces[_piece];
        var count = (int)Math.Min(Math.Min(destination.Length, piece.Length - _position), length - _delivered);
        piece.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        _delivered += count;
        if (_position == piece.Length)
        {
            (_piece, _position) = ((_piece + 1) % pieces.Count, 0);
        }

        return new AudioBlock(count, System.Diagnostics.Stopwatch.GetTimestamp(), 0);
    }

    public void Dispose()
    {
    }
}

/// <summary>Keeps all published events.</summary>
internal sealed class EventList : Pipeline.IEventSink
{
    public List<EmotionEvent> Events { get; } = [];

    public ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        Events.Add(emotionEvent);
        return ValueTask.CompletedTask;
    }

    public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;
}
