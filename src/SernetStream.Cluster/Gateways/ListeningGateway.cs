using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Gateways;

/// <summary>
/// Listens on this silo for those who send a room's source: RTP, datagrams, TCP, Wyoming. The room comes to this silo when they do, and
/// ends here when they have gone.
/// </summary>
/// <param name="spec">The room; its source is one that others send.</param>
/// <param name="own">Where to listen, if the source says: at all addresses; null: at all.</param>
/// <param name="door">Brings the room.</param>
/// <param name="log">Where faults go, each once.</param>
internal sealed class ListeningGateway(RoomSpec spec, IPAddress? own, RoomDoor door, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(3);

    /// <summary>So long may the room take to let go of the audio.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly SenderListener _listener = new(spec.Source!, own);
    private Task _running = Task.CompletedTask;
    private string? _fault;
    private string? _note;

    /// <summary>The room.</summary>
    public RoomSpec Spec => spec;

    /// <summary>Begins.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Closes the port and gives up who sends, who may go to another silo.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _listener.Dispose();
        _stop.Dispose();
    }

    /// <summary>Says once who was turned away.</summary>
    public void SayNews()
    {
        if (_listener.Note is { } note && note != _note)
        {
            _note = note;
            log.LogWarning("the room {Room}: {Note}", spec.Name, note);
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await HearNextAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it is, the next sender may be heard.
                Say(Sentence(error));
                await Task.Delay(AfterFault, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task HearNextAsync()
    {
        await _listener.ListenAsync(_stop.Token).ConfigureAwait(false);
        if (_fault is not null)
        {
            log.LogInformation("listening for {Room} at {Name} again", spec.Name, _listener.Name);
            _fault = null;
        }

        var audio = new SentAudio(await _listener.NextAsync(_stop.Token).ConfigureAwait(false));
        await door.HearAsync(spec, audio, _stop.Token).ConfigureAwait(false);
        await audio.Ended.WaitAsync(EndLimit, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Say(string fault)
    {
        if (fault != _fault)
        {
            log.LogWarning("the room {Room}: {Fault}", spec.Name, fault);
        }

        _fault = fault;
    }

    private static string Sentence(Exception error) => error is AudioDeviceException { InnerException: SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } }
        ? $"{error.Message} If that is another silo on this machine, give each silo an address of its own by --gateway."
        : error.Message;
}
