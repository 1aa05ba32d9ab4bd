using System.Runtime.InteropServices;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>The interface of PortAudio 19 (portaudio.h), as far as it is used.</summary>
internal static unsafe partial class PortAudioNative
{
    public const string Library = "libportaudio.so.2";

    public const int NoError = 0;
    public const int UnanticipatedHostError = -9999;
    public const int InvalidChannelCount = -9998;
    public const int InvalidSampleRate = -9997;
    public const int InvalidDevice = -9996;
    public const int SampleFormatNotSupported = -9994;
    public const int BadDeviceCombination = -9993;
    public const int BufferTooBig = -9991;
    public const int BufferTooSmall = -9990;
    public const int TimedOut = -9987;
    public const int DeviceUnavailable = -9985;

    public const int NoDevice = -1;
    public const nuint Float32 = 0x1;
    public const nuint InputOverflow = 0x2;
    public const int Continue = 0;

    [LibraryImport(Library, EntryPoint = "Pa_Initialize")]
    public static partial int Initialize();

    [LibraryImport(Library, EntryPoint = "Pa_Terminate")]
    public static partial int Terminate();

    [LibraryImport(Library, EntryPoint = "Pa_GetErrorText")]
    public static partial byte* GetErrorText(int error);

    [LibraryImport(Library, EntryPoint = "Pa_GetLastHostErrorInfo")]
    public static partial HostErrorInfo* GetLastHostErrorInfo();

    [LibraryImport(Library, EntryPoint = "Pa_GetDeviceCount")]
    public static partial int GetDeviceCount();

    [LibraryImport(Library, EntryPoint = "Pa_GetDefaultInputDevice")]
    public static partial int GetDefaultInputDevice();

    [LibraryImport(Library, EntryPoint = "Pa_GetDeviceInfo")]
    public static partial DeviceInfo* GetDeviceInfo(int device);

    [LibraryImport(Library, EntryPoint = "Pa_GetHostApiInfo")]
    public static partial HostApiInfo* GetHostApiInfo(int hostApi);

    [LibraryImport(Library, EntryPoint = "Pa_OpenStream")]
    public static partial int OpenStream(
        nint* stream,
        StreamParameters* input,
        StreamParameters* output,
        double sampleRate,
        nuint framesPerBuffer,
        nuint flags,
        delegate* unmanaged[Cdecl]<float*, void*, nuint, CallbackTimeInfo*, nuint, nint, int> callback,
        nint userData);

    [LibraryImport(Library, EntryPoint = "Pa_SetStreamFinishedCallback")]
    public static partial int SetStreamFinishedCallback(nint stream, delegate* unmanaged[Cdecl]<nint, void> callback);

    [LibraryImport(Library, EntryPoint = "Pa_StartStream")]
    public static partial int StartStream(nint stream);

    [LibraryImport(Library, EntryPoint = "Pa_AbortStream")]
    public static partial int AbortStream(nint stream);

    [LibraryImport(Library, EntryPoint = "Pa_CloseStream")]
    public static partial int CloseStream(nint stream);

    [LibraryImport(Library, EntryPoint = "Pa_GetStreamInfo")]
    public static partial StreamInfo* GetStreamInfo(nint stream);

    /// <summary>Into how many periods ALSA's buffer is divided (pa_linux_alsa.h); 4 unless set.</summary>
    [LibraryImport(Library, EntryPoint = "PaAlsa_SetNumPeriods")]
    public static partial int SetAlsaPeriods(int count);

    /// <summary>PaDeviceInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DeviceInfo
    {
        public int StructVersion;
        public byte* Name;
        public int HostApi;
        public int MaxInputChannels;
        public int MaxOutputChannels;
        public double DefaultLowInputLatency;
        public double DefaultLowOutputLatency;
        public double DefaultHighInputLatency;
        public double DefaultHighOutputLatency;
        public double DefaultSampleRate;
    }

    /// <summary>PaHostApiInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct HostApiInfo
    {
        public int StructVersion;
        public int Type;
        public byte* Name;
        public int DeviceCount;
        public int DefaultInputDevice;
        public int DefaultOutputDevice;
    }

    /// <summary>PaHostErrorInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct HostErrorInfo
    {
        public int HostApiType;
        public CLong ErrorCode;
        public byte* ErrorText;
    }

    /// <summary>PaStreamParameters.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct StreamParameters
    {
        public int Device;
        public int ChannelCount;
        public nuint SampleFormat;
        public double SuggestedLatency;
        public void* HostApiSpecific;
    }

    /// <summary>PaStreamInfo.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct StreamInfo
    {
        public int StructVersion;
        public double InputLatency;
        public double OutputLatency;
        public double SampleRate;
    }

    /// <summary>PaStreamCallbackTimeInfo: seconds of one clock, whose zero is unknown.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CallbackTimeInfo
    {
        public double InputBufferAdcTime;
        public double CurrentTime;
        public double OutputBufferDacTime;
    }
}
