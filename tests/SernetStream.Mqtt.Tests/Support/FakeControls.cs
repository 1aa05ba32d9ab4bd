using Microsoft.Extensions.Logging;
using SernetStream.Publishing;

namespace SernetStream.Mqtt.Tests.Support;

/// <summary>A node's controls. It counts how often they were set.</summary>
internal sealed class FakeControls : INodeControls
{
    private bool _muted;
    private double _halfLife = 1.5;
    private double _threshold = 0.5;
    private string _sensitivity = "custom";
    private LogLevel _level = LogLevel.Information;

    public event EventHandler? Changed;

    /// <summary>How often any control was set.</summary>
    public int Sets { get; private set; }

    /// <summary>The lowest threshold that is accepted, as a node refuses one below its threshold to leave.</summary>
    public double Leave { get; init; } = 0.35;

    public double LowestEnterThreshold => Leave;

    public INodeFeedback? Feedback { get; init; }

    public bool Muted
    {
        get => _muted;
        set => Set(() => _muted = value);
    }

    public double HalfLifeSeconds
    {
        get => _halfLife;
        set => Set(() => _halfLife = value);
    }

    public double EnterThreshold
    {
        get => _threshold;
        set
        {
            if (value < Leave)
            {
                throw new ArgumentException("it must not be below the threshold to leave");
            }

            Set(() => _threshold = value);
        }
    }

    public IReadOnlyList<string> Sensitivities { get; init; } = ["calm", "normal", "eager"];

    public string Sensitivity
    {
        get => _sensitivity;
        set
        {
            if (!Sensitivities.Contains(value))
            {
                throw new ArgumentException($"it must be one of {string.Join(", ", Sensitivities)}");
            }

            Set(() => _sensitivity = value);
        }
    }

    public LogLevel LogLevel
    {
        get => _level;
        set => Set(() => _level = value);
    }

    private void Set(Action set)
    {
        set();
        Sets++;
        Changed?.Invoke(this, EventArgs.Empty);
    }
}

/// <summary>A node's feedback for four labels; it accepts one labelled utterance.</summary>
internal sealed class FakeFeedback : INodeFeedback
{
    public IReadOnlyList<string> Labels { get; } = ["anger", "happiness", "neutral", "sadness"];

    public string Answer { get; private set; } = "ready";

    public string? Give(string word)
    {
        var isLearnt = word == INodeFeedback.Undo || (Labels.Contains(word) && Answer == "ready");
        Answer = isLearnt ? $"learnt {word}" : "nothing learnt";
        return isLearnt ? null : "it is not clear what was meant";
    }
}
