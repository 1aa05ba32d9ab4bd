using System.Runtime.InteropServices;

namespace SernetStream.Native;

/// <summary>
/// Memory outside the managed heap that begins at a multiple of 64 bytes, for libraries whose sums depend on where their input
/// lies. An array of the managed heap begins at a multiple of 8 only, another one each run.
/// </summary>
/// <remarks>
/// Its maker disposes it, after the last use of a <see cref="Span"/>. It has no finalizer on purpose: a span does not
/// keep its buffer alive, so a finalizer could free what is still read. One that is never disposed costs its bytes, no
/// more.
/// </remarks>
/// <typeparam name="T">What it holds.</typeparam>
public sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    /// <summary>The widest vector of any processor, and a cache line.</summary>
    private const nuint Alignment = 64;

    private T* _start;

    /// <summary>Takes memory, filled with zeros.</summary>
    /// <param name="length">How many; 0 is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        _start = (T*)NativeMemory.AlignedAlloc(Math.Max((nuint)ByteLength, 1), Alignment);
        Span.Clear();
    }

    /// <summary>How many it holds.</summary>
    public int Length { get; }

    /// <summary>How many bytes that are.</summary>
    public long ByteLength => (long)Length * sizeof(T);

    /// <summary>Where it begins: a multiple of 64.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public nint Address => (nint)Start;

    /// <summary>What it holds; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">It was given back.</exception>
    public Span<T> Span => new(Start, Length);

    private T* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(_start is null, this);
            return _start;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
