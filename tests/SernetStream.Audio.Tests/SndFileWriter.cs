using System.Runtime.InteropServices;

namespace SernetStream.Audio.Tests;

/// <summary>Writes audio files with libsndfile in formats that sox cannot write.</summary>
internal static unsafe class SndFileWriter
{
    public const int Pcm16 = 0x0002;
    public const int Pcm24 = 0x0003;
    public const int Float = 0x0006;
    public const int WavEx = 0x130000;
    public const int Aiff = 0x020000;
    public const int Au = 0x030000;
    public const int W64 = 0x0B0000;
    public const int Rf64 = 0x220000;
    public const int Flac = 0x170000;
    public const int Vorbis = 0x200060;
    public const int Opus = 0x200064;
    public const int Mp3 = 0x230082;
    public const int AdpcmWav = 0x010012;
    public const int GsmWav = 0x010020;

    private const int ModeWrite = 0x20;
    private const string Library = "libsndfile.so.1";

    /// <returns>False if this libsndfile cannot write the format.</returns>
    public static bool Write(string path, int format, int sampleRate, int channels, ReadOnlySpan<float> interleaved)
    {
        var info = new Info { SampleRate = sampleRate, Channels = channels, Format = format };
        var file = Open(path, ModeWrite, &info);
        if (file == 0)
        {
            return false;
        }

        // In pieces, because the Vorbis encoder overflows its stack on one large piece.
        const int Frames = 1000;
        for (var i = 0; i < interleaved.Length; i += Frames * channels)
        {
            var piece = interleaved[i..Math.Min(i + (Frames * channels), interleaved.Length)];
            fixed (float* samples = piece)
            {
                Assert.Equal(piece.Length / channels, WriteFrames(file, samples, piece.Length / channels));
            }
        }

        Assert.Equal(0, Close(file));
        return true;
    }

    [DllImport(Library, EntryPoint = "sf_open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nint Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int mode, Info* info);

    [DllImport(Library, EntryPoint = "sf_writef_float")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern long WriteFrames(nint file, float* frames, long count);

    [DllImport(Library, EntryPoint = "sf_close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Close(nint file);

    [StructLayout(LayoutKind.Sequential)]
    private struct Info
    {
        public long Frames;
        public int SampleRate;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }
}
