namespace SernetStream.Speech;

/// <summary>Speech detectors, one a stream.</summary>
internal sealed class SpeechDetectorFactory(GateKind kind)
{
    public ISpeechDetector Create() => kind switch
    {
        GateKind.Energy => new EnergyDetector(),
        GateKind.Off => new AlwaysSpeechDetector(),
        GateKind.Cascade => new SileroDetector { First = new MelDetector() },
        GateKind.Silero => new SileroDetector(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such gate."),
    };
}
