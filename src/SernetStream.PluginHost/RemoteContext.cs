using Microsoft.Extensions.Configuration;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginHost;

/// <summary>What the daemon offers, asked for over the connection.</summary>
internal sealed class RemoteContext(PluginConnection connection, LoadMessage plugin, IConfigurationSection section) : PluginContext
{
    private int _targets;

    public IConfigurationSection Section => section;

    public override string Name => plugin.Name;

    public override string Node => plugin.Node;

    public override string Model => plugin.Model;

    public override IReadOnlyList<string> Labels => plugin.Labels;

    public override TimeProvider Clock => TimeProvider.System;

    public override PluginLog Log { get; } = new Lines(connection);

    public override T Settings<T>() => (T)PluginAssembly.Bind(typeof(T), section);

    public override IAudioStream OpenStream(AudioFormat format)
    {
        var target = Interlocked.Increment(ref _targets);
        Ask(FrameKind.OpenStream, MessageJson.Write(
            new StreamMessage(format.Rate, format.Width, format.Channels), MessageJson.Default.StreamMessage), target);
        return new RemoteStream(connection, target, format);
    }

    public override IDisposable HoldMicrophone(string reason)
    {
        var target = Interlocked.Increment(ref _targets);
        Ask(FrameKind.Hold, MessageJson.Write(new LogMessage(LineLevel.Debug, reason), MessageJson.Default.LogMessage), target);
        return new Held(connection, target);
    }

    /// <summary>Throws what the daemon threw, as far as the contract names it.</summary>
    public static Exception Translate(RemoteException error) => error.Reason switch
    {
        FailureReason.Argument => new ArgumentException(error.Text, error),
        FailureReason.Cancelled => new OperationCanceledException(error.Text, error),
        FailureReason.State => new InvalidOperationException(error.Text, error),
        _ => error,
    };

    // The contract opens and holds without waiting; the daemon answers at once.
    private void Ask(FrameKind kind, byte[] payload, int target)
    {
        try
        {
            connection.AskAsync(kind, payload, target).GetAwaiter().GetResult();
        }
        catch (RemoteException error)
        {
            throw Translate(error);
        }
    }

    private sealed class Held(PluginConnection connection, int target) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                connection.TellAsync(FrameKind.Release, target: target).GetAwaiter().GetResult();
            }
        }
    }

    private sealed class Lines(PluginConnection connection) : PluginLog
    {
        private const int LongestLine = 4096;

        public override void Debug(string message) => Write(LineLevel.Debug, message);

        public override void Information(string message) => Write(LineLevel.Information, message);

        public override void Warning(string message) => Write(LineLevel.Warning, message);

        public override void Error(string message) => Write(LineLevel.Error, message);

        // Waits until the line is sent, so a plugin that logs too much only slows itself.
        private void Write(LineLevel level, string message)
        {
            var line = message.Length <= LongestLine ? message : message[..LongestLine];
            connection.TellAsync(FrameKind.Log, MessageJson.Write(new LogMessage(level, line), MessageJson.Default.LogMessage))
                .GetAwaiter().GetResult();
        }
    }
}
