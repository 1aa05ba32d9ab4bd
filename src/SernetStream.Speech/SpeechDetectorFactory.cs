namespace SernetStream.Speech;

/// <summary>Speech detectors, one a stream; those of Silero share one network, which is loaded when the first is made.</summary>
internal sealed class SpeechDetectorFactory(GateKind kind) : IDisposable
{
    private readonly Lazy<SileroModel> _silero = new(() => new SileroModel());

    public ISpeechDetector Create() => kind switch
    {
        GateKind.Energy => new EnergyDetector(),
        GateKind.Off => new AlwaysSpeechDetector(),
        _ => _silero.Value.CreateDetector(),
    };

    public void Dispose()
    {
        if (_silero.IsValueCreated)
        {
            _silero.Value.Dispose();
        }
    }
}
