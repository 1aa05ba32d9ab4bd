using System.Globalization;
using SernetStream.Speech;
using SernetStream.Speech.Tests;

namespace SernetStream.Soak;

/// <summary>How far the speech detector is from Silero's own file in ONNX Runtime.</summary>
internal sealed class SileroDifference
{
    public const string Heading =
        "                        minutes  differences: mean      p99      most  steps on the other side of 0.5  utterances missed extra  "
        + "opened differently (most, ms)  closed differently (most, ms)";

    private const double StepMilliseconds = ISpeechDetector.StepLength * 1000.0 / Sounds.SampleRate;

    private readonly List<float> _differences = [];
    private readonly List<double> _openings = [];
    private readonly List<double> _closings = [];
    private int _crossed;

    /// <summary>Utterances that ONNX Runtime's hears.</summary>
    public int Utterances { get; private set; }

    /// <summary>Those of which ours hears nothing.</summary>
    public int Missed { get; private set; }

    /// <summary>Those that ours alone hears.</summary>
    public int Extra { get; private set; }

    /// <summary>Gives a sound to both, from the start.</summary>
    public void Hear(float[] samples)
    {
        using var ours = new SileroDetector();
        using var original = new SileroInOnnxRuntime();
        var (mine, theirs) = (new Listener(), new Listener());
        for (var i = 0; i + ISpeechDetector.StepLength <= samples.Length; i += ISpeechDetector.StepLength)
        {
            var step = samples.AsSpan(i, ISpeechDetector.StepLength);
            var (a, b) = (ours.Probability(step), original.Probability(step));
            _differences.Add(Math.Abs(a - b));
            _crossed += (a >= 0.5f) != (b >= 0.5f) ? 1 : 0;
            mine.Take(a);
            theirs.Take(b);
        }

        Utterances += theirs.Utterances.Count;
        foreach (var (opened, closed) in theirs.Utterances)
        {
            var same = mine.Utterances.Where(other => other.Opened < closed && other.Closed > opened).ToList();
            if (same.Count == 0)
            {
                Missed++;
                continue;
            }

            _openings.Add((same[0].Opened - opened) * StepMilliseconds);
            _closings.Add((same[^1].Closed - closed) * StepMilliseconds);
        }

        Extra += mine.Utterances.Count(own => !theirs.Utterances.Exists(other => other.Opened < own.Closed && other.Closed > own.Opened));
    }

    /// <summary>Adds those of another sound.</summary>
    public void Add(SileroDifference other)
    {
        _differences.AddRange(other._differences);
        _openings.AddRange(other._openings);
        _closings.AddRange(other._closings);
        (_crossed, Utterances, Missed, Extra) = (_crossed + other._crossed, Utterances + other.Utterances, Missed + other.Missed, Extra + other.Extra);
    }

    public override string ToString()
    {
        float[] sorted = [.. _differences.Order()];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sorted.Length * StepMilliseconds / 60000,7:0.0}  {sorted.Average(),18:0.00000} {sorted[(int)(0.99 * sorted.Length)],8:0.0000} {sorted[^1],9:0.0000}  {_crossed,30}  {Utterances,10} {Missed,6} {Extra,5}  {Of(_openings),29}  {Of(_closings),29}");
    }

    private static string Of(List<double> delays)
    {
        var moved = delays.Where(delay => delay != 0).ToList();
        return moved.Count == 0
            ? "0"
            : string.Create(CultureInfo.InvariantCulture, $"{moved.Count} ({moved.Min():+0;-0} to {moved.Max():+0;-0})");
    }

    private sealed class Listener
    {
        private readonly SpeechGate _gate = new(new SpeechGateOptions());
        private int _step;
        private int _opened;

        public List<(int Opened, int Closed)> Utterances { get; } = [];

        public void Take(float probability)
        {
            _step++;
            switch (_gate.Step(probability))
            {
                case GateTransition.Opened:
                    _opened = _step;
                    break;
                case GateTransition.Closed:
                    Utterances.Add((_opened, _step));
                    break;
            }
        }
    }
}
