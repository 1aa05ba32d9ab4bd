using System.Diagnostics;
using System.Globalization;
using SernetStream.Audio;
using SernetStream.Models;
using SernetStream.Native;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Soak;

/// <summary>What the gate made of an utterance. In samples at 16 kHz.</summary>
/// <param name="Start">First sample.</param>
/// <param name="End">One past the last.</param>
/// <param name="OpenedAt">Where the stream was when the gate opened.</param>
/// <param name="ClosedAt">Where it was when the gate closed.</param>
internal readonly record struct GateSegment(long Start, long End, long OpenedAt, long ClosedAt);

/// <summary>The front end and gate of a stream, with one detector, without a classifier.</summary>
internal sealed class GateListener : IFrontEndSink, IDisposable
{
    private readonly ModelCard _card;
    private readonly Counted _detector;
    private readonly FeatureWindow _window;
    private readonly List<GateSegment> _segments = [];
    private long _openedAt = -1;

    public GateListener(ModelCard card, ISpeechDetector detector)
    {
        (_card, _detector) = (card, new Counted(detector));
        _window = new FeatureWindow(new AlignedBuffer<float>(card.FrontEnd.FeatureCount));
    }

    /// <summary>What it heard, and in how many steps its detector was asked.</summary>
    public (List<GateSegment> Segments, long Asked) Hear(float[] samples, int sampleRate)
    {
        _segments.Clear();
        _detector.Reset();
        (_detector.Asked, _openedAt) = (0, -1);

        // No interims: nobody reads them.
        var options = new PipelineOptions { HopSeconds = 10 };
        var stage = new FrontEndStage(_card.FrontEnd, options, _detector, sampleRate, this, new PipelineCounters());
        var block = new float[sampleRate / 50];
        for (var position = 0; position < samples.Length; position += block.Length)
        {
            var part = block.AsSpan(0, Math.Min(block.Length, samples.Length - position));
            samples.AsSpan(position, part.Length).CopyTo(part);
            stage.Accept(part, new AudioBlock(part.Length, Stopwatch.GetTimestamp(), 0));
        }

        stage.Complete();
        return ([.. _segments], _detector.Asked);
    }

    public void Dispose()
    {
        _detector.Dispose();
        _window.Memory.Dispose();
    }

    FeatureWindow IFrontEndSink.RentWindow() => _window;

    void IFrontEndSink.Window(FeatureWindow window)
    {
        if (window.Span is { IsFinal: true } span)
        {
            _segments.Add(new GateSegment(span.Start, span.End, _openedAt, span.DecidedAt));
            _openedAt = -1;
        }
    }

    bool IFrontEndSink.Progress(SpeechProgress progress)
    {
        _openedAt = progress.Speaking ? (_openedAt < 0 ? progress.Position : _openedAt) : -1;
        return true;
    }

    private sealed class Counted(ISpeechDetector detector) : ISpeechDetector
    {
        public long Asked { get; set; }

        public IFirstOpinion? First => detector.First;

        public float Probability(ReadOnlySpan<float> step)
        {
            Asked++;
            return detector.Probability(step);
        }

        public void Reset() => detector.Reset();

        public void Dispose() => detector.Dispose();
    }
}

/// <summary>Two listeners, one of which is the measure of the other.</summary>
internal sealed class GateComparison(GateListener alone, GateListener cascade)
{
    public const string SpeechHeading = "                      utterances  missed  missed ms  extra  opened later (mean, most ms)  closed later  Silero asked";
    public const string NoiseHeading = "                      openings an hour: alone, cascade   Silero asked";

    public GateDifference Compare(float[] samples, int sampleRate)
    {
        var (expected, _) = alone.Hear(samples, sampleRate);
        var (found, asked) = cascade.Hear(samples, sampleRate);
        var difference = new GateDifference
        {
            Seconds = (double)samples.Length / sampleRate,
            Asked = asked,
            Utterances = expected.Count,
            Opened = found.Count,
        };
        difference.Take(expected, found);
        return difference;
    }
}

/// <summary>How the cascade differs from Silero alone.</summary>
internal sealed class GateDifference
{
    private readonly List<double> _openedLaterMs = [];
    private readonly List<double> _closedLaterMs = [];

    public double Seconds { get; set; }

    public long Asked { get; set; }

    public int Utterances { get; set; }

    public int Opened { get; set; }

    public int Missed { get; private set; }

    public int Extra { get; private set; }

    public double MissedMs { get; private set; }

    public void Take(List<GateSegment> expected, List<GateSegment> found)
    {
        foreach (var segment in expected)
        {
            var same = found.Where(other => Overlap(segment, other) > 0).ToList();
            MissedMs += Milliseconds(segment.End - segment.Start - same.Sum(other => Overlap(segment, other)));
            if (same.Count == 0)
            {
                Missed++;
                continue;
            }

            _openedLaterMs.Add(Milliseconds(same[0].OpenedAt - segment.OpenedAt));
            _closedLaterMs.Add(Milliseconds(same[^1].ClosedAt - segment.ClosedAt));
        }

        Extra += found.Count(segment => expected.All(other => Overlap(segment, other) <= 0));
    }

    public void Add(GateDifference other)
    {
        (Seconds, Asked, Utterances, Opened) = (Seconds + other.Seconds, Asked + other.Asked, Utterances + other.Utterances, Opened + other.Opened);
        (Missed, Extra, MissedMs) = (Missed + other.Missed, Extra + other.Extra, MissedMs + other.MissedMs);
        _openedLaterMs.AddRange(other._openedLaterMs);
        _closedLaterMs.AddRange(other._closedLaterMs);
    }

    public string Speech() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Utterances,10} {Missed,7} {MissedMs,10:0} {Extra,6} {Mean(_openedLaterMs),15:0.0} {Most(_openedLaterMs),13:0} {Mean(_closedLaterMs),13:0.0} {AskedShare,11:0.0} %");

    public string Noise() => string.Create(
        CultureInfo.InvariantCulture, $"{3600 * Utterances / Seconds,24:0.0} {3600 * Opened / Seconds,8:0.0} {AskedShare,14:0.0} %   ({Seconds / 60:0.0} min)");

    private double AskedShare => 100 * Asked / (Seconds * 16000 / ISpeechDetector.StepLength);

    private static double Mean(List<double> values) => values.Count == 0 ? 0 : values.Average();

    private static double Most(List<double> values) => values.Count == 0 ? 0 : values.Max();

    private static double Milliseconds(double samples) => samples / 16;

    private static long Overlap(GateSegment a, GateSegment b) => Math.Max(0, Math.Min(a.End, b.End) - Math.Max(a.Start, b.Start));
}
