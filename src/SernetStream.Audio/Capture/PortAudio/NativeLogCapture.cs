using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Audio.Capture.Alsa;
using SernetStream.Native;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>
/// ALSA and JACK print every failed attempt to standard error, dozens of lines while PortAudio only lists devices. This
/// class takes their messages instead, and keeps the last one of a thread for the message to the user.
/// </summary>
internal static unsafe class NativeLogCapture
{
    private static readonly Lock Gate = new();
    private static bool _isSilenced;

    [ThreadStatic]
    private static (int Error, string Text)? _last;

    /// <summary>
    /// ALSA's last complaint on this thread since <see cref="Clear"/>: the last error it named (negative errno, 0 if
    /// none) and its words.
    /// </summary>
    public static (int Error, string Text)? Last => _last;

    /// <summary>Takes the libraries' complaints from now on; JACK's may be absent.</summary>
    public static void Silence()
    {
        lock (Gate)
        {
            if (_isSilenced)
            {
                return;
            }

            if (NativeLibraries.IsThere(AlsaNative.Library))
            {
                _ = AlsaNative.SetErrorHandler(&OnAlsaError);
            }

            if (NativeLibraries.IsThere(JackNative.Library))
            {
                JackNative.SetErrorFunction(&OnJackMessage);
                JackNative.SetInfoFunction(&OnJackMessage);
            }

            _isSilenced = true;
        }
    }

    public static void Clear() => _last = null;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnAlsaError(byte* file, int line, byte* function, int error, byte* format)
    {
        // Given as errno or negative; most messages have none, so the one that has is kept.
        var code = error != 0 ? -Math.Abs(error) : _last?.Error ?? 0;
        var reason = error != 0 ? $" ({AlsaHardware.ErrorText(code)})" : "";

        // The arguments cannot be read, so the text ends where the first would be.
        var words = Marshal.PtrToStringUTF8((nint)format) ?? "";
        var end = words.IndexOf('%', StringComparison.Ordinal);
        _last = (code, (end < 0 ? words : words[..end]).Trim(' ', '\n', '\'', ':', '(', '[') + reason);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnJackMessage(byte* message)
    {
        // "No server is running" is all it ever says here; a device of JACK's is simply not in the list then.
    }
}
