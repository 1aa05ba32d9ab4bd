using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests;

/// <summary>A source of samples in memory. A live one also delivers them as fast as they are read.</summary>
internal sealed class ArraySource(float[] samples, bool isLive) : IAudioSource
{
    private int _position;

    public string Name => "array";

    public int SampleRate { get; init; } = 16000;

    public bool IsLive => isLive;

    /// <summary>Called before each read with the position, to lose samples, throw or wait.</summary>
    public Func<int, CancellationToken, long> BeforeRead { get; init; } = (_, _) => 0;

    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var lost = BeforeRead(_position, cancellationToken);
        var count = Math.Min(Math.Min(destination.Length, 320), samples.Length - _position);
        samples.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        return new AudioBlock(count, Stopwatch.GetTimestamp(), lost);
    }

    /// <summary>How often it was told to overwrite its buffers.</summary>
    public int Silences { get; private set; }

    public void Silence() => Silences++;

    public void Dispose()
    {
    }
}

/// <summary>Speech to listen to.</summary>
internal static class Speech
{
    /// <summary>Two utterances with silence around them: 1 s, 3 s of speech, 2 s, 3 s of speech, and silence at the end.</summary>
    public static float[] TwoUtterances(double silenceAtEnd = 2) =>
        [.. Silence(1), .. GoldenSignal.Spoken, .. Silence(2), .. GoldenSignal.Spoken, .. Silence(silenceAtEnd)];

    public static float[] Silence(double seconds) => new float[(int)(seconds * 16000)];
}

/// <summary>Records what a pipeline publishes.</summary>
internal sealed class ListSink : IEventSink
{
    public List<EmotionEvent> Events { get; } = [];

    public List<bool> Speech { get; } = [];

    public Func<Task> OnEvent { get; init; } = () => Task.CompletedTask;

    public Action<bool> OnSpeech { get; init; } = _ => { };

    public async ValueTask PublishAsync(EmotionEvent emotionEvent)
    {
        Events.Add(emotionEvent);
        await OnEvent();
    }

    public ValueTask PublishSpeechAsync(bool speaking)
    {
        Speech.Add(speaking);
        OnSpeech(speaking);
        return ValueTask.CompletedTask;
    }
}
