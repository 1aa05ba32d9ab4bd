using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
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
    /// <summary>After this long at most <see cref="Step"/> is to be called again: it looks at the keep-alive.</summary>
    public static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(1);

    // What this node is ever sent is a few characters; what is longer is not copied, only told.
    private const int LongestPayload = 4096;
    private const uint LargestPacket = 64 * 1024;

    private static readonly int Initialised = MosquittoNative.LibraryInit();

    private readonly MosquittoHandle _handle;
    private readonly MqttVersion _version;
    private readonly Queue<BrokerAnswer> _acknowledged = new();
    private readonly Queue<BrokerAnswer> _subscribed = new();
    private readonly Queue<InboundMessage> _received = new();
    private GCHandle _self;

    /// <summary>Makes a client with a clean session.</summary>
    /// <exception cref="InvalidOperationException">libmosquitto has no memory for it.</exception>
    public MosquittoClient(string clientId, MqttVersion version)
    {
        _ = Initialised;
        _version = version;
        _self = GCHandle.Alloc(this);
        _handle = MosquittoNative.New(clientId, cleanSession: true, GCHandle.ToIntPtr(_self));
        if (_handle.IsInvalid)
        {
            _self.Free();
            throw new InvalidOperationException("libmosquitto could not make a client.");
        }

        // Libraries before 2.0 do not have the option; there a small message may wait for the one before it.
        _ = MosquittoNative.SetOption(_handle, MosquittoNative.OptionTcpNoDelay, 1);
        MustSucceed(MosquittoNative.SetOption(_handle, MosquittoNative.OptionProtocolVersion, (int)version));
        MosquittoNative.OnConnect(_handle, &Connected);
        MosquittoNative.OnDisconnect(_handle, &Disconnected);
        MosquittoNative.OnPublish(_handle, &Published);
        MosquittoNative.OnSubscribe(_handle, &Subscribed);
        MosquittoNative.OnMessage(_handle, &Received);
        MosquittoNative.OnLog(_handle, &Logged);
    }

    /// <summary>The broker's CONNACK code (<see cref="MqttReason"/>), once it has come; 0 is accepted.</summary>
    public int? ConnectReply { get; private set; }

    /// <summary>Why the broker ended the connection, where it said so, as only MQTT 5 can; a reason code.</summary>
    public int? DisconnectReason { get; private set; }

    /// <summary>The newest error that libmosquitto had something to say about; for TLS it is all there is.</summary>
    public string? LastError { get; private set; }

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

    /// <summary>Encrypts the connection. Before connecting; the files have been checked.</summary>
    /// <returns>Not success: a file went away or became unreadable.</returns>
    public MosquittoResult UseTls(MqttTls tls)
    {
        if (tls.CaFile is null)
        {
            MustSucceed(MosquittoNative.SetOption(_handle, MosquittoNative.OptionTlsSystemAuthorities, 1));
        }

        // It wants a file or a folder of authorities whenever it is called, though the system's are chosen already.
        if (tls.CaFile is not null || tls.CertificateFile is not null)
        {
            var set = MosquittoNative.SetTls(
                _handle,
                tls.CaFile,
                tls.CaFile is null ? "/etc/ssl/certs" : null,
                tls.CertificateFile,
                tls.CertificateFile is null ? null : tls.EffectiveKeyFile,
                &NoPassphrase);
            if (set != (int)MosquittoError.Success)
            {
                return MosquittoResult.Last(set);
            }
        }

        MustSucceed(MosquittoNative.SetTlsOptions(_handle, tls.Verify ? 1 : 0, version: null, ciphers: null));
        MustSucceed(MosquittoNative.SetTlsInsecure(_handle, !tls.Verify));
        return default;
    }

    /// <summary>
    /// Resolves the host, opens the connection and sends CONNECT. It blocks for as long as the system's name lookup
    /// and TCP do, minutes where nobody answers; <see cref="ConnectReply"/> follows in a later <see cref="Step"/>.
    /// </summary>
    public MosquittoResult Connect(string host, int port, TimeSpan keepAlive)
    {
        using var properties = new MosquittoProperties();
        if (_version == MqttVersion.V5)
        {
            properties.Add(MosquittoNative.PropertyMaximumPacketSize, LargestPacket);
        }

        return MosquittoResult.Last(MosquittoNative.Connect(
            _handle, host, port, (int)keepAlive.TotalSeconds, bindAddress: null, properties.Pointer));
    }

    /// <summary>
    /// Hands a message to libmosquitto, which sends it as far as the socket takes it now. With QoS 1 or 2
    /// <see cref="TryTakeAcknowledged"/> names <paramref name="messageId"/> once the broker has it.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The payload; an empty retained one takes the retained message away.</param>
    /// <param name="qos">The quality of service, 0..2.</param>
    /// <param name="retain">Whether the broker keeps it for later subscribers.</param>
    /// <param name="expiry">After how long nobody is to get it any more; only MQTT 5 can say so. Null for never.</param>
    /// <param name="messageId">The id of the message on this connection.</param>
    public MosquittoResult Publish(
        string topic, ReadOnlySpan<byte> payload, int qos, bool retain, TimeSpan? expiry, out int messageId)
    {
        using var properties = new MosquittoProperties();
        if (expiry is { } left && _version == MqttVersion.V5)
        {
            properties.Add(MosquittoNative.PropertyMessageExpiry, (uint)Math.Max(1, Math.Ceiling(left.TotalSeconds)));
        }

        return MosquittoResult.Last(MosquittoNative.Publish(
            _handle, out messageId, topic, payload.Length, payload, qos, retain, properties.Pointer));
    }

    /// <summary>Asks for the messages of a filter, with QoS 1; <see cref="TryTakeSubscribed"/> tells the answer.</summary>
    public MosquittoResult Subscribe(string filter, out int messageId) =>
        MosquittoResult.Last(MosquittoNative.Subscribe(_handle, out messageId, filter, qos: 1));

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

    /// <summary>Takes the answer to a message that came since the last call, if there is one.</summary>
    public bool TryTakeAcknowledged(out BrokerAnswer answer) => _acknowledged.TryDequeue(out answer);

    /// <summary>Takes the answer to a subscription that came since the last call, if there is one.</summary>
    public bool TryTakeSubscribed(out BrokerAnswer answer) => _subscribed.TryDequeue(out answer);

    /// <summary>Takes a message that came since the last call, if there is one.</summary>
    public bool TryTakeReceived(out InboundMessage message) => _received.TryDequeue(out message);

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
    private static void Connected(nint client, nint userData, int reply, int flags, nint properties) =>
        Self(userData).ConnectReply = reply;

    // libmosquitto puts its own results here too, below the reason codes of a broker, and may call twice.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Disconnected(nint client, nint userData, int reason, nint properties)
    {
        if (MqttReason.IsError(reason))
        {
            Self(userData).DisconnectReason = reason;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Published(nint client, nint userData, int messageId, int reason, nint properties) =>
        Self(userData)._acknowledged.Enqueue(new BrokerAnswer(messageId, reason));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Subscribed(nint client, nint userData, int messageId, int count, int* granted) =>
        Self(userData)._subscribed.Enqueue(new BrokerAnswer(messageId, count > 0 ? granted[0] : 0));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Received(nint client, nint userData, MosquittoNative.Message* message) =>
        Self(userData)._received.Enqueue(new InboundMessage(
            Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message->Topic)),
            message->PayloadLength > LongestPayload
                ? []
                : new ReadOnlySpan<byte>(message->Payload, message->PayloadLength).ToArray(),
            message->PayloadLength,
            message->Retain != 0));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Logged(nint client, nint userData, int level, byte* line)
    {
        if (level == MosquittoNative.LogError)
        {
            Self(userData).LastError =
                Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(line));
        }
    }

    // Without it OpenSSL would ask at the terminal.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int NoPassphrase(byte* buffer, int size, int writing, nint userData) => 0;

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
