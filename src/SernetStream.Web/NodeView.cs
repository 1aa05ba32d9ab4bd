using SernetStream.Audio;
using SernetStream.Configuration;
using SernetStream.Diagnosis;
using SernetStream.Diary;
using SernetStream.Models;
using SernetStream.Mqtt;
using SernetStream.Pipeline;
using SernetStream.PluginSupervisor;
using SernetStream.Publishing;
using SernetStream.Web.Health;

namespace SernetStream.Web;

/// <summary>A running node, for those who show how it is: dashboard, metrics, health.</summary>
internal sealed record NodeView
{
    /// <summary>The node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is one of the rooms of a house.</summary>
    public bool IsRoom { get; init; }

    /// <summary>What it classifies with.</summary>
    public required ModelCard Model { get; init; }

    /// <summary>What it listens to.</summary>
    public required IAudioSource Source { get; init; }

    /// <summary>The stream.</summary>
    public required PipelineHost Pipeline { get; init; }

    /// <summary>What people may set while it runs.</summary>
    public required INodeControls Settable { get; init; }

    /// <summary>Whether a lack of samples is normal.</summary>
    public bool SourceMayPause { get; init; }

    /// <summary>Whether the microphone works; null: it listens to a file.</summary>
    public MicrophoneWatch? Microphone { get; init; }

    /// <summary>How it listens and judges, as it began.</summary>
    public required PipelineOptions Options { get; init; }

    /// <summary>What was set.</summary>
    public required SettingValues Settings { get; init; }

    /// <summary>Looks for what is wrong around it, beside the device and the port that are its own.</summary>
    public required Func<CancellationToken, IEnumerable<Finding>> Doctor { get; init; }

    /// <summary>Where events go.</summary>
    public required PublisherHost Publishers { get; init; }

    /// <summary>The connection to the broker; null: none was asked for.</summary>
    public MqttPublisher? Mqtt { get; init; }

    /// <summary>Tells the broker at once how it is; null: none was asked for.</summary>
    public Action? HealthChanged { get; init; }

    /// <summary>Its diary, whether one is there or not; null: there is no folder for one.</summary>
    public DiaryFile? Diary { get; init; }

    /// <summary>Whether events are written into it.</summary>
    public bool KeepsDiary { get; init; }

    /// <summary>The plugins.</summary>
    public IReadOnlyList<SupervisedPlugin> Plugins { get; init; } = [];

    /// <summary>When it began to listen, by the wall clock.</summary>
    public DateTimeOffset StartedAt { get; init; } = TimeProvider.System.GetUtcNow();

    /// <summary>What has gone through.</summary>
    public PipelineCounters Counters => Pipeline.Counters;

    /// <summary>What may be changed.</summary>
    public PipelineControls Controls => Pipeline.Controls;

    /// <summary>Seconds of audio heard.</summary>
    public double HeardSeconds => (double)Counters.SamplesIn / Source.SampleRate;

    /// <summary>How the pipeline is doing. Any thread may ask.</summary>
    public NodeHealth Health()
    {
        var latency = Counters.Latency;
        var sound = Counters.Sound.Total;
        double Percentile(double share) => Counters.Events == 0 ? double.NaN : latency.PercentileMs(share);
        return new NodeHealth
        {
            Microphone = Microphone?.State,
            AudioSeconds = HeardSeconds,
            LostMs = 1000.0 * Counters.SamplesLost / Source.SampleRate,
            SoundEnergy = sound.Energy,
            SoundSamples = sound.Samples,
            Utterances = Counters.Utterances,
            WindowsClassified = Counters.WindowsClassified,
            WindowsSkipped = Counters.WindowsSkipped,
            WindowsLate = Counters.WindowsLate,
            WindowsFailed = Counters.WindowsFailed,
            Events = Counters.Events,
            LatencyP50Ms = Percentile(0.5),
            LatencyP95Ms = Percentile(0.95),
            LatencyP99Ms = Percentile(0.99),
            LatencyMaxMs = Counters.Events == 0 ? double.NaN : latency.LargestMs,
        };
    }
}
