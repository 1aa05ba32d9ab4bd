using SernetStream.Publishing;

namespace SernetStream.Mqtt;

/// <summary>
/// How loud it has been at the microphone, in dB below full scale: the root mean square since the last look. A change of
/// less than a decibel is no news.
/// </summary>
/// <param name="source">What the node says about itself.</param>
internal sealed class MqttLevel(Func<NodeHealth>? source)
{
    private const double Lowest = -120;
    private const double LeastChange = 1;

    private double _energy;
    private long _samples;
    private double? _published;
    private bool _isPublished;

    /// <summary>The payload; null: nothing new. The level itself is null where nothing was heard, as while muted.</summary>
    public byte[]? Next()
    {
        var node = source?.Invoke() ?? new NodeHealth();
        var (energy, samples) = (node.SoundEnergy - _energy, node.SoundSamples - _samples);
        (_energy, _samples) = (node.SoundEnergy, node.SoundSamples);
        double? level = samples > 0 ? Math.Round(Math.Max(Lowest, 10 * Math.Log10(Math.Max(0, energy) / samples)), 1) : null;
        if (_isPublished && (level is null) == (_published is null) && !(Math.Abs(level - _published ?? 0) >= LeastChange))
        {
            return null;
        }

        (_published, _isPublished) = (level, true);
        return JsonObject.ToUtf8(writer => EmotionEventJson.WriteRounded(writer, "level"u8, level ?? double.NaN, 1));
    }
}
