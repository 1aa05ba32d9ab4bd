using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// The calls of libmosquitto 2.0 that are used here, as its <c>mosquitto.h</c> declares them. Results are
/// <see cref="MosquittoError"/>; where one is <see cref="MosquittoError.System"/> the reason is in errno.
/// </summary>
internal static unsafe partial class MosquittoNative
{
    public const string Library = "libmosquitto.so.1";

    /// <summary>MOSQ_OPT_PROTOCOL_VERSION; the value is a <see cref="MqttVersion"/>.</summary>
    public const int OptionProtocolVersion = 1;

    /// <summary>MOSQ_OPT_TCP_NODELAY, since 2.0.</summary>
    public const int OptionTcpNoDelay = 11;

    /// <summary>MOSQ_OPT_TLS_USE_OS_CERTS, since 2.0.</summary>
    public const int OptionTlsSystemAuthorities = 13;

    /// <summary>MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, in seconds.</summary>
    public const int PropertyMessageExpiry = 2;

    /// <summary>MQTT_PROP_MAXIMUM_PACKET_SIZE, in bytes.</summary>
    public const int PropertyMaximumPacketSize = 39;

    /// <summary>MOSQ_LOG_ERR.</summary>
    public const int LogError = 8;

    /// <summary>Calls the library once for this process.</summary>
    /// <exception cref="PublisherException">The library is not installed.</exception>
    public static void Require(string library = Library)
    {
        if (!NativeLibrary.TryLoad(library, typeof(MosquittoNative).Assembly, searchPath: null, out _))
        {
            throw new PublisherException(
                $"MQTT needs the library {library}, which is not installed. On Debian: apt install libmosquitto1");
        }
    }

    [LibraryImport(Library, EntryPoint = "mosquitto_lib_init")]
    public static partial int LibraryInit();

    [LibraryImport(Library, EntryPoint = "mosquitto_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial MosquittoHandle New(
        string id, [MarshalAs(UnmanagedType.U1)] bool cleanSession, nint userData);

    [LibraryImport(Library, EntryPoint = "mosquitto_destroy")]
    public static partial void Destroy(nint client);

    [LibraryImport(Library, EntryPoint = "mosquitto_will_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetWill(
        MosquittoHandle client,
        string topic,
        int payloadLength,
        ReadOnlySpan<byte> payload,
        int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain);

    [LibraryImport(Library, EntryPoint = "mosquitto_username_pw_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetUserNameAndPassword(MosquittoHandle client, string? userName, string? password);

    [LibraryImport(Library, EntryPoint = "mosquitto_int_option")]
    public static partial int SetOption(MosquittoHandle client, int option, int value);

    /// <summary>For MQTT 3.1.1 as well; there <paramref name="properties"/> must be 0.</summary>
    [LibraryImport(
        Library, EntryPoint = "mosquitto_connect_bind_v5", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Connect(
        MosquittoHandle client, string host, int port, int keepAliveSeconds, string? bindAddress, nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_tls_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetTls(
        MosquittoHandle client,
        string? caFile,
        string? caFolder,
        string? certificateFile,
        string? keyFile,
        delegate* unmanaged[Cdecl]<byte*, int, int, nint, int> passphrase);

    /// <param name="client">The client.</param>
    /// <param name="verify">0: SSL_VERIFY_NONE; 1: SSL_VERIFY_PEER.</param>
    /// <param name="version">Null for TLS 1.2 and above.</param>
    /// <param name="ciphers">Null for OpenSSL's own choice.</param>
    [LibraryImport(Library, EntryPoint = "mosquitto_tls_opts_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetTlsOptions(MosquittoHandle client, int verify, string? version, string? ciphers);

    /// <summary>Whether any host name in the broker's certificate will do.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_tls_insecure_set")]
    public static partial int SetTlsInsecure(MosquittoHandle client, [MarshalAs(UnmanagedType.U1)] bool insecure);

    [LibraryImport(
        Library, EntryPoint = "mosquitto_subscribe", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Subscribe(MosquittoHandle client, out int messageId, string filter, int qos);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_add_int32")]
    public static partial int AddProperty(ref nint properties, int identifier, uint value);

    [LibraryImport(Library, EntryPoint = "mosquitto_property_free_all")]
    public static partial void FreeProperties(ref nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_disconnect", SetLastError = true)]
    public static partial int Disconnect(MosquittoHandle client);

    /// <summary>For MQTT 3.1.1 as well; there <paramref name="properties"/> must be 0.</summary>
    [LibraryImport(
        Library, EntryPoint = "mosquitto_publish_v5", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Publish(
        MosquittoHandle client,
        out int messageId,
        string topic,
        int payloadLength,
        ReadOnlySpan<byte> payload,
        int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain,
        nint properties);

    [LibraryImport(Library, EntryPoint = "mosquitto_socket")]
    public static partial int Socket(MosquittoHandle client);

    [LibraryImport(Library, EntryPoint = "mosquitto_want_write")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool WantsToWrite(MosquittoHandle client);

    [LibraryImport(Library, EntryPoint = "mosquitto_loop_read", SetLastError = true)]
    public static partial int LoopRead(MosquittoHandle client, int maximumPackets);

    [LibraryImport(Library, EntryPoint = "mosquitto_loop_write", SetLastError = true)]
    public static partial int LoopWrite(MosquittoHandle client, int maximumPackets);

    [LibraryImport(Library, EntryPoint = "mosquitto_loop_misc", SetLastError = true)]
    public static partial int LoopMisc(MosquittoHandle client);

    /// <summary>The callback's arguments: the client, its user data, the CONNACK code, flags, properties.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_connect_v5_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnConnect(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    /// <summary>The callback's arguments: the client, its user data, the reason code, properties.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_disconnect_v5_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnDisconnect(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, nint, void> callback);

    /// <summary>
    /// The callback's arguments: the client, its user data, the message id that was acknowledged, the reason code
    /// (0 in MQTT 3.1.1), properties.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_publish_v5_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnPublish(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, int, nint, void> callback);

    /// <summary>
    /// The callback's arguments: the client, its user data, the message id of the SUBSCRIBE, how many codes follow,
    /// for each filter the granted quality of service, or 0x80 and above.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_subscribe_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnSubscribe(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, int, int*, void> callback);

    /// <summary>The callback's arguments: the client, its user data, the message, valid within the call.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_message_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnMessage(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, Message*, void> callback);

    /// <summary>The callback's arguments: the client, its user data, the level, a line of text.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_log_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnLog(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, byte*, void> callback);

    /// <summary><c>struct mosquitto_message</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public int Id;

        /// <summary>UTF-8, ends with 0.</summary>
        public byte* Topic;
        public byte* Payload;
        public int PayloadLength;
        public int Qos;

        /// <summary>A C <c>bool</c>.</summary>
        public byte Retain;
    }
}

/// <summary>A <c>struct mosquitto *</c>. Releasing it closes the connection without a goodbye.</summary>
internal sealed class MosquittoHandle : SafeHandle
{
    public MosquittoHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        MosquittoNative.Destroy(handle);
        return true;
    }
}
