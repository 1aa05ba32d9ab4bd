using System.Runtime.InteropServices;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// The results of libmosquitto that are told apart here (<c>enum mosq_err_t</c>); others are possible.
/// </summary>
internal enum MosquittoError
{
    Success = 0,
    OutOfMemory = 1,
    Protocol = 2,
    InvalidArgument = 3,
    NoConnection = 4,
    ConnectionRefused = 5,
    ConnectionLost = 7,
    Tls = 8,

    /// <summary>MOSQ_ERR_ERRNO: a system call failed.</summary>
    System = 14,

    /// <summary>MOSQ_ERR_EAI: the host's name could not be resolved.</summary>
    NameResolution = 15,
    KeepAlive = 19,
}

/// <summary>What a call of libmosquitto returned, with errno as it left it.</summary>
internal readonly record struct MosquittoResult(MosquittoError Error, int SystemError = 0)
{
    /// <summary>The reason when a broker says nothing at all.</summary>
    public const string NoAnswer = "no answer";

    // errno(3): ETIMEDOUT.
    private const int TimedOut = 110;

    // getaddrinfo(3): EAI_AGAIN; the others mean that the name has no address.
    private const int NameServerSilent = -3;

    public bool IsSuccess => Error == MosquittoError.Success;

    /// <summary>The result of the call that was made last on this thread.</summary>
    public static MosquittoResult Last(int result) => new((MosquittoError)result, Marshal.GetLastPInvokeError());

    /// <summary>Why it failed, in words that fit into brackets.</summary>
    public string Reason => Error switch
    {
        MosquittoError.System => SystemReason(SystemError),
        MosquittoError.NameResolution when SystemError == NameServerSilent => "the name server does not answer",
        MosquittoError.NameResolution => "no such host is known",
        MosquittoError.ConnectionLost or MosquittoError.NoConnection => "the broker closed the connection",
        MosquittoError.KeepAlive => "the broker does not answer any more",
        MosquittoError.Protocol => "what answers there does not speak MQTT",
        MosquittoError.Tls => "TLS could not be agreed on",
        _ => $"libmosquitto error {(int)Error}",
    };

    private static string SystemReason(int error)
    {
        if (error == TimedOut)
        {
            return NoAnswer;
        }

        var text = Marshal.GetPInvokeErrorMessage(error);
        return text.Length == 0 ? $"error {error}" : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
