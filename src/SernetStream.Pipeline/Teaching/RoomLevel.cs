namespace SernetStream.Pipeline.Teaching;

/// <summary>How loud speech is, and the room without it: mean powers of steps that surely are the one or the other.</summary>
internal sealed class RoomLevel
{
    private const float SurelySpeech = 0.8f;
    private const float SurelyNone = 0.1f;

    private double _speech;
    private double _noise;
    private int _speechSteps;
    private int _noiseSteps;

    /// <summary>How loud the speech since <see cref="NextUtterance"/> was, in dB below full scale.</summary>
    public double SpeechDb => Db(_speech, _speechSteps);

    /// <summary>How far that is above the room, in dB; much where the room is silent.</summary>
    public double AboveNoiseDb => SpeechDb - Db(_noise, _noiseSteps);

    /// <summary>Takes a step of the speech gate.</summary>
    public void Add(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking)
    {
        var power = 0.0;
        foreach (var sample in samples)
        {
            power += (double)sample * sample / samples.Length;
        }

        if (isSpeaking && speechProbability > SurelySpeech)
        {
            (_speech, _speechSteps) = (_speech + power, _speechSteps + 1);
        }
        else if (!isSpeaking && speechProbability < SurelyNone)
        {
            (_noise, _noiseSteps) = (_noise + power, _noiseSteps + 1);
        }
    }

    /// <summary>Measures speech anew.</summary>
    public void NextUtterance() => (_speech, _speechSteps) = (0, 0);

    private static double Db(double sum, int steps) => 10 * Math.Log10(Math.Max(sum / Math.Max(steps, 1), 1e-10));
}
