using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor;

/// <summary>What one run of a plugin was given. When the run ends it takes everything back that the plugin still holds.</summary>
internal sealed class RunContext(
    string name, PluginServices services, IConfigurationSection section, PluginLimits limits, ILogger logger)
    : PluginContext, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<IAudioStream> _streams = [];
    private readonly HashSet<IDisposable> _holds = [];
    private bool _ended;

    public override string Name => name;

    public override string Node => services.Node;

    public override string Model => services.Model;

    public override IReadOnlyList<string> Labels => services.Labels;

    public override TimeProvider Clock => services.Clock;

    public override PluginLog Log { get; } = new Lines(name, logger);

    public int OpenStreams
    {
        get
        {
            lock (_gate)
            {
                return _streams.Count;
            }
        }
    }

    public override T Settings<[DynamicallyAccessedMembers(
        DynamicallyAccessedMemberTypes.PublicParameterlessConstructor | DynamicallyAccessedMemberTypes.PublicProperties)] T>() => (T)PluginSettings.Bind(typeof(T), section, SettingValue.Read);

    public override IAudioStream OpenStream(AudioFormat format)
    {
        if (format.Problem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(format));
        }

        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            if (_streams.Count >= limits.Streams)
            {
                throw new InvalidOperationException(
                    $"The plugin {name} has {limits.Streams} audio streams open, the most that it may have.");
            }

            var stream = new TrackedStream(this, services.Streams.Open(format));
            _streams.Add(stream);
            return stream;
        }
    }

    public override IDisposable HoldMicrophone(string reason)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_ended, this);
            var hold = new TrackedHold(this, services.Microphone.Hold());
            _holds.Add(hold);
            logger.LogDebug("{Plugin} holds the microphone: {Reason}", name, reason);
            return hold;
        }
    }

    public async ValueTask DisposeAsync()
    {
        IAudioStream[] streams;
        IDisposable[] holds;
        lock (_gate)
        {
            _ended = true;
            streams = [.. _streams];
            holds = [.. _holds];
        }

        Array.ForEach(holds, hold => hold.Dispose());
        foreach (var stream in streams)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Forget(IAudioStream stream)
    {
        lock (_gate)
        {
            _streams.Remove(stream);
        }
    }

    private void Forget(IDisposable hold)
    {
        lock (_gate)
        {
            _holds.Remove(hold);
        }
    }

    private sealed class TrackedStream(RunContext context, IAudioStream stream) : IAudioStream
    {
        public AudioFormat Format => stream.Format;

        public IAsyncEnumerable<RoomEvent> Events => stream.Events;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken) =>
            stream.WriteAsync(audio, cancellationToken);

        public void Complete() => stream.Complete();

        public ValueTask DisposeAsync()
        {
            context.Forget(this);
            return stream.DisposeAsync();
        }
    }

    private sealed class TrackedHold(RunContext context, IDisposable hold) : IDisposable
    {
        private IDisposable? _hold = hold;

        public void Dispose()
        {
            context.Forget(this);
            Interlocked.Exchange(ref _hold, null)?.Dispose();
        }
    }

    private sealed class Lines(string name, ILogger logger) : PluginLog
    {
        public override void Debug(string message) => Write(LogLevel.Debug, message);

        public override void Information(string message) => Write(LogLevel.Information, message);

        public override void Warning(string message) => Write(LogLevel.Warning, message);

        public override void Error(string message) => Write(LogLevel.Error, message);

        private void Write(LogLevel level, string message) => logger.Log(level, "{Plugin}: {Message}", name, message);
    }
}
