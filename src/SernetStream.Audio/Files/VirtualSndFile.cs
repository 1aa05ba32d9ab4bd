using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Audio.Files;

/// <summary>
/// The stream that libsndfile reads instead of a file: some bytes of our own, then a part of the file. So a header that
/// libsndfile cannot read is replaced by one that says the same, and the file is left as it is.
/// </summary>
internal sealed unsafe class VirtualSndFile : IDisposable
{
    private readonly byte[] _prefix;
    private readonly Stream _stream;
    private readonly long _start;
    private readonly long _length;
    private long _position;
    private GCHandle _self;

    /// <param name="prefix">What comes first.</param>
    /// <param name="stream">What comes then; owned.</param>
    /// <param name="start">Where in the stream that begins.</param>
    /// <param name="length">How long it is.</param>
    public VirtualSndFile(byte[] prefix, Stream stream, long start, long length)
    {
        (_prefix, _stream, _start, _length) = (prefix, stream, start, length);
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
        var count = 0;
        if (_position < _prefix.Length)
        {
            var rest = _prefix.AsSpan((int)_position);
            count = Math.Min(rest.Length, bytes.Length);
            rest[..count].CopyTo(bytes);
        }

        var at = _position + count - _prefix.Length;
        var wanted = (int)Math.Min(bytes.Length - count, Math.Max(0, _length - at));
        if (wanted > 0)
        {
            _stream.Position = _start + at;
            count += _stream.ReadAtLeast(bytes.Slice(count, wanted), wanted, throwOnEndOfStream: false);
        }

        _position += count;
        return count;
    }

    private long Seek(long offset, SeekOrigin origin)
    {
        var from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            _ => _prefix.Length + _length,
        };
        if (from + offset < 0)
        {
            return -1;
        }

        return _position = from + offset;
    }

    private static VirtualSndFile Of(nint user) => (VirtualSndFile)GCHandle.FromIntPtr(user).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnLength(nint user) => Of(user) is var self ? self._prefix.Length + self._length : 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnSeek(long offset, int origin, nint user) => Of(user).Seek(offset, (SeekOrigin)origin);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnRead(byte* bytes, long count, nint user)
    {
        try
        {
            return Of(user).Read(new Span<byte>(bytes, (int)Math.Min(count, int.MaxValue)));
        }
        catch (IOException)
        {
            // The disk failed: to the decoder the file ends here. No exception may pass through native frames.
            return 0;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnWrite(byte* bytes, long count, nint user) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long OnTell(nint user) => Of(user)._position;
}
