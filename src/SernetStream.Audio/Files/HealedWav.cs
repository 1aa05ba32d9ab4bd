using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Audio.Files;

/// <summary>
/// A WAV file whose header says that 0 bytes of samples follow although some do, as a recorder that was killed leaves
/// it. libsndfile believes such a header, so it is shown the right size in place of the 0; the file is left as it is.
/// </summary>
internal sealed unsafe class HealedWav : IDisposable
{
    private readonly FileStream _stream;
    private readonly long _sizeAt;
    private readonly byte[] _size = new byte[sizeof(uint)];
    private GCHandle _self;

    /// <param name="path">The file.</param>
    /// <param name="header">Its header, with <see cref="WavHeader.ZeroSizeAt"/>.</param>
    public HealedWav(string path, WavHeader header)
    {
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        _sizeAt = header.ZeroSizeAt!.Value;
        BinaryPrimitives.WriteUInt32LittleEndian(_size, (uint)Math.Min(header.AvailableBytes, uint.MaxValue));
        _self = GCHandle.Alloc(this);
    }

    /// <summary>Opens it with libsndfile, which reads from here until it is closed.</summary>
    public SafeSndFile Open(SndFileNative.Info* info)
    {
        var callbacks = new SndFileNative.VirtualFile
        {
            Length = &OnLength,
            Seek = &OnSeek,
            Read = &OnRead,
            Write = &OnWrite,
            Tell = &OnTell,
        };
        return SndFileNative.OpenVirtual(&callbacks, SndFileNative.ModeRead, info, GCHandle.ToIntPtr(_self));
    }

    public void Dispose()
    {
        _stream.Dispose();
        if (_self.IsAllocated)
        {
            _self.Free();
        }
    }

    private int Read(Span<byte> bytes)
    {
        var start = _stream.Position;
        var count = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        for (var i = 0; i < _size.Length; i++)
        {
            var at = _sizeAt + i - start;
            if (at >= 0 && at < count)
            {
                bytes[(int)at] = _size[i];
            }
        }

        return count;
    }

    private static HealedWav Of(nint user) => (HealedWav)GCHandle.FromIntPtr(user).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnLength(nint user) => Of(user)._stream.Length;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnSeek(long offset, int origin, nint user)
    {
        try
        {
            return Of(user)._stream.Seek(offset, (SeekOrigin)origin);
        }
        catch (IOException)
        {
            // Before the beginning. No exception may pass through native frames.
            return -1;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnRead(byte* bytes, long count, nint user)
    {
        try
        {
            return Of(user).Read(new Span<byte>(bytes, (int)Math.Min(count, int.MaxValue)));
        }
        catch (IOException)
        {
            // The disk failed: to the decoder the file ends here.
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnWrite(byte* bytes, long count, nint user) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnTell(nint user) => Of(user)._stream.Position;
}
