using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Posix;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// One connection to a broker, from before it is made until it is lost: a new one is made for the next attempt, so
/// that nothing is carried over but what this project keeps itself.
/// </summary>
/// <remarks>
/// One thread makes every call, so libmosquitto needs no locks of ours and its callbacks run inside
/// <see cref="Step"/> on that thread. The network is waited for with poll(2) here rather than in
/// <c>mosquitto_loop</c>: that lets <see cref="WakeEvent"/> end the wait, and works with descriptors above 1023, which
/// select(2) does not. libmosquitto documents its <c>loop_read</c>, <c>loop_write</c> and <c>loop_misc</c> for this.
/// </remarks>
internal sealed unsafe class MosquittoClient : IDisposable
{
    private static readonly int Initialised = MosquittoNative.LibraryInit();

    private readonly MosquittoHandle _handle;
    private readonly Queue<int> _acknowledged = new();
    private GCHandle _self;

    /// <summary>Makes a client with a clean session.</summary>
    /// <exception cref="InvalidOperationException">libmosquitto has no memory for it.</exception>
    public MosquittoClient(string clientId)
    {
        _ = Initialised;
        _self = GCHandle.Alloc(this);
        _handle = MosquittoNative.New(clientId, cleanSession: true, GCHandle.ToIntPtr(_self));
        if (_handle.IsInvalid)
        {
            _self.Free();
            throw new InvalidOperationException("libmosquitto could not make a client.");
        }

        // Libraries before 2.0 do not have the option; there a small message may wait for the one before it.
        _ = MosquittoNative.SetOption(_handle, MosquittoNative.OptionTcpNoDelay, 1);
        MosquittoNative.OnConnect(_handle, &Connected);
        MosquittoNative.OnPublish(_handle, &Published);
    }

    /// <summary>The broker's CONNACK return code (MQTT 3.1.1, table 3.1), once it has come; 0 is accepted.</summary>
    public int? ConnectReply { get; private set; }

    /// <summary>Whether the socket has not yet taken all that was published.</summary>
    public bool HasUnsentBytes => MosquittoNative.WantsToWrite(_handle);

    /// <summary>
    /// Sets what the broker publishes when this connection ends without a goodbye. Before connecting.
    /// </summary>
    public void SetWill(string topic, ReadOnlySpan<byte> payload, int qos, bool retain) =>
        MustSucceed(MosquittoNative.SetWill(_handle, topic, payload.Length, payload, qos, retain));

    /// <summary>Sets who this client says it is. Before connecting.</summary>
    public void SetCredentials(string userName, string? password) =>
        MustSucceed(MosquittoNative.SetUserNameAndPassword(_handle, userName, password));

    /// <summary>
    /// Resolves the host, opens the connection and sends CONNECT. It blocks for as long as the system's name lookup
    /// and TCP do, minutes where nobody answers; <see cref="ConnectReply"/> follows in a later <see cref="Step"/>.
    /// </summary>
    public MosquittoResult Connect(string host, int port, TimeSpan keepAlive) =>
        MosquittoResult.Last(MosquittoNative.Connect(_handle, host, port, (int)keepAlive.TotalSeconds));

    /// <summary>
    /// Hands a message to libmosquitto, which sends it as far as the socket takes it now. With QoS 1 or 2
    /// <see cref="TryTakeAcknowledged"/> names <paramref name="messageId"/> once the broker has it.
    /// </summary>
    public MosquittoResult Publish(string topic, ReadOnlySpan<byte> payload, int qos, bool retain, out int messageId) =>
        MosquittoResult.Last(
            MosquittoNative.Publish(_handle, out messageId, topic, payload.Length, payload, qos, retain));

    /// <summary>Waits for the network or for <paramref name="wake"/>, and does what there is to do.</summary>
    /// <returns>Anything but success: the connection has ended.</returns>
    public MosquittoResult Step(WakeEvent wake, TimeSpan timeout)
    {
        var socket = MosquittoNative.Socket(_handle);
        if (socket < 0)
        {
            return new MosquittoResult(MosquittoError.NoConnection);
        }

        var writing = HasUnsentBytes ? LibcNative.PollOut : (short)0;
        Span<LibcNative.PollDescriptor> waited =
        [
            new LibcNative.PollDescriptor { Descriptor = socket, Events = (short)(LibcNative.PollIn | writing) },
            new LibcNative.PollDescriptor { Descriptor = wake.Descriptor, Events = LibcNative.PollIn },
        ];
        var ready = LibcNative.Poll(waited, (nuint)waited.Length, (int)Math.Ceiling(timeout.TotalMilliseconds));
        if (ready < 0)
        {
            // A signal for the process ended the wait; the next step waits again.
            return default;
        }

        if (waited[1].Returned != 0)
        {
            wake.Clear();
        }

        return Serve(waited[0].Returned);
    }

    /// <summary>Takes the id of a message that the broker acknowledged since the last call, if there is one.</summary>
    public bool TryTakeAcknowledged(out int messageId) => _acknowledged.TryDequeue(out messageId);

    /// <summary>Says goodbye, so that the broker does not publish the will.</summary>
    public MosquittoResult Disconnect() => MosquittoResult.Last(MosquittoNative.Disconnect(_handle));

    /// <summary>Closes the connection; without <see cref="Disconnect"/> the broker publishes the will.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (_self.IsAllocated)
        {
            _self.Free();
        }
    }

    private static void MustSucceed(int result)
    {
        if (result != (int)MosquittoError.Success)
        {
            throw new InvalidOperationException($"libmosquitto refused a setting (error {result}).");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Connected(nint client, nint userData, int reply) => Self(userData).ConnectReply = reply;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Published(nint client, nint userData, int messageId) =>
        Self(userData)._acknowledged.Enqueue(messageId);

    private static MosquittoClient Self(nint userData) => (MosquittoClient)GCHandle.FromIntPtr(userData).Target!;

    private MosquittoResult Serve(short returned)
    {
        // Read also on POLLERR and POLLHUP: the read tells why the connection ended.
        if ((returned & ~LibcNative.PollOut) != 0)
        {
            var read = MosquittoResult.Last(MosquittoNative.LoopRead(_handle, 1));
            if (!read.IsSuccess)
            {
                return read;
            }
        }

        if ((returned & LibcNative.PollOut) != 0)
        {
            var written = MosquittoResult.Last(MosquittoNative.LoopWrite(_handle, 1));
            if (!written.IsSuccess)
            {
                return written;
            }
        }

        return MosquittoResult.Last(MosquittoNative.LoopMisc(_handle));
    }
}
