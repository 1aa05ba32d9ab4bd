using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Configuration;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginHost;

/// <summary>The plugin of this process, from its loading to its end, as the daemon asks for it.</summary>
internal sealed class PluginSession : IDisposable
{
    private readonly PluginConnection _connection;
    private readonly CancellationTokenSource _cancel = new();
    private PluginAssembly? _assembly;
    private RemoteContext? _context;
    private IEmotionPlugin? _plugin;

    public PluginSession(Stream stream) => _connection = new PluginConnection(stream, AnswerAsync);

    /// <summary>Greets the daemon, and does what it asks until it goes.</summary>
    public async Task RunAsync(string secret)
    {
        await _connection.TellAsync(FrameKind.Hello, Encoding.ASCII.GetBytes(secret));
        await _connection.RunAsync();
    }

    public void Dispose()
    {
        _connection.Dispose();
        _cancel.Dispose();
    }

    private async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Load:
                Load(MessageJson.Read(frame.Payload, MessageJson.Default.LoadMessage));
                break;
            case FrameKind.Check:
                _assembly!.CheckSettings(_context!.Section);
                break;
            case FrameKind.Start:
                await PluginWork.Begin(StartAsync);
                break;
            case FrameKind.Run:
                await PluginWork.Begin(() => _plugin!.RunAsync(EventsAsync(), _cancel.Token));
                break;
            case FrameKind.Cancel:
                PluginWork.Cancel(_cancel);
                break;
            case FrameKind.Dispose:
                await PluginWork.Begin(DisposePluginAsync);
                break;
            default:
                // A ping is answered by nothing but an answer.
                break;
        }

        return default;
    }

    private void Load(LoadMessage message)
    {
        if (message.Protocol != Frame.Version)
        {
            throw new PluginException(
                $"sernet-plugin-host speaks version {Frame.Version} of its protocol and this sernetd version {message.Protocol}: "
                + "install sernetd and sernetd-plugin-host of the same version.");
        }

        var section = new ConfigurationBuilder().AddInMemoryCollection(message.Settings).Build().GetSection(message.Section);
        _context = new RemoteContext(_connection, message, section);
        _assembly = PluginAssembly.Load(message.Name, message.Path);
    }

    private Task StartAsync()
    {
        _plugin = _assembly!.Create();
        return _plugin.StartAsync(_context!, _cancel.Token);
    }

    private async IAsyncEnumerable<RoomEvent> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await _connection.AskAsync(FrameKind.Take, cancellationToken: cancellationToken) is { Length: > 0 } heard)
        {
            yield return MessageJson.Read(heard, MessageJson.Default.HeardMessage).ToEvent();
        }
    }

    private async Task DisposePluginAsync()
    {
        if (_plugin is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else
        {
            (_plugin as IDisposable)?.Dispose();
        }
    }
}
