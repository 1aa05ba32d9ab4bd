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

    /// <summary>MOSQ_OPT_TCP_NODELAY, since 2.0.</summary>
    public const int OptionTcpNoDelay = 11;

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

    [LibraryImport(
        Library, EntryPoint = "mosquitto_connect", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Connect(MosquittoHandle client, string host, int port, int keepAliveSeconds);

    [LibraryImport(Library, EntryPoint = "mosquitto_disconnect", SetLastError = true)]
    public static partial int Disconnect(MosquittoHandle client);

    [LibraryImport(
        Library, EntryPoint = "mosquitto_publish", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Publish(
        MosquittoHandle client,
        out int messageId,
        string topic,
        int payloadLength,
        ReadOnlySpan<byte> payload,
        int qos,
        [MarshalAs(UnmanagedType.U1)] bool retain);

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

    /// <summary>The callback's arguments: the client, its user data, the CONNACK return code.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_connect_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnConnect(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, void> callback);

    /// <summary>The callback's arguments: the client, its user data, the message id that was acknowledged.</summary>
    [LibraryImport(Library, EntryPoint = "mosquitto_publish_callback_set")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial void OnPublish(
        MosquittoHandle client, delegate* unmanaged[Cdecl]<nint, nint, int, void> callback);
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
