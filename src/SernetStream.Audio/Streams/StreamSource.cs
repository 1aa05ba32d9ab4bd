using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SernetStream.Dsp.Resampling;
using SernetStream.Posix;

namespace SernetStream.Audio;

/// <summary>
/// Raw samples from standard input or another descriptor: signed 16 bit, little-endian, mono, in pieces of any size. A
/// byte left over at the end is half a sample and is dropped.
/// </summary>
/// <remarks>
/// The reader waits in poll(2) for the descriptor and for its own wake-up together. So cancelling wakes it at once,
/// with no second thread: a read that has begun cannot be taken back, and a thread left behind in one would swallow
/// the samples of whoever reads next.
/// </remarks>
public sealed class StreamSource : IAudioSource
{
    /// <summary>The rate that is assumed when none is given.</summary>
    public const int DefaultSampleRate = 16_000;

    private const int BytesPerSample = sizeof(short);
    private const float FullScale = 32_768f;

    private readonly SafeFileHandle _input;
    private readonly WakeEvent _wake = new();
    private readonly byte[] _bytes = new byte[8192];
    private int _carried;
    private volatile bool _isHurried;

    /// <summary>Reads from a descriptor, which it then owns.</summary>
    /// <param name="input">A pipe, a socket, a character device or a file.</param>
    /// <param name="name">What a person calls it.</param>
    /// <param name="sampleRate">Samples per second: 8 000 to 192 000.</param>
    /// <param name="speed">
    /// <see cref="PlaybackSpeed.Max"/> if the writer is to wait for the reader; a file always is.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The sample rate lies outside the range.</exception>
    public StreamSource(
        SafeFileHandle input,
        string name,
        int sampleRate = DefaultSampleRate,
        PlaybackSpeed speed = PlaybackSpeed.RealTime)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!SampleRates.IsSupported(sampleRate))
        {
            throw new ArgumentOutOfRangeException(
                nameof(sampleRate),
                sampleRate,
                $"sampleRate is {sampleRate}; it must be {SampleRates.Lowest} to {SampleRates.Highest}.");
        }

        _input = input;
        Name = name;
        SampleRate = sampleRate;

        // What can be sought is a file: it is there already and loses nothing by waiting.
        var isFile = LibcNative.Seek(input, 0, LibcNative.SeekCurrent) >= 0;
        IsLive = speed == PlaybackSpeed.RealTime && !isFile;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <summary>Standard input.</summary>
    /// <param name="sampleRate">Samples per second: 8 000 to 192 000.</param>
    /// <param name="speed">See the constructor.</param>
    /// <exception cref="AudioDeviceException">Standard input is a terminal.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The sample rate lies outside the range.</exception>
    public static StreamSource StandardInput(
        int sampleRate = DefaultSampleRate, PlaybackSpeed speed = PlaybackSpeed.RealTime)
    {
        if (!Console.IsInputRedirected)
        {
            throw new AudioDeviceException(
                AudioDeviceError.FormatRefused,
                "Standard input is a terminal. Pipe raw samples into it, for example: "
                + $"arecord -q -t raw -f S16_LE -c 1 -r {sampleRate} | sernetd --device stdin");
        }

        return new StreamSource(new SafeFileHandle(0, ownsHandle: false), "stdin", sampleRate, speed);
    }

    /// <inheritdoc/>
    /// <remarks>A pipe wakes it for each piece that is written, as it cannot be asked for more; the caller sleeps on.</remarks>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("destination is empty; it must hold at least one sample.", nameof(destination));
        }

        wanted = Math.Min(wanted, destination.Length);
        var count = 0;
        try
        {
            do
            {
                if (_wake.Wait(Timeout.InfiniteTimeSpan, _input, cancellationToken) == WakeReason.Input
                    && !TryReadOn(destination, ref count))
                {
                    break;
                }
            }
            while (count < (_isHurried ? 1 : wanted));
        }
        catch (Exception error) when (count > 0 && error is OperationCanceledException or AudioDeviceException)
        {
            // What has come is not lost by what came then: the next call meets it again.
        }

        _isHurried = false;
        return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
    }

    /// <inheritdoc/>
    public void Hurry()
    {
        _isHurried = true;
        _wake.TrySignal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Dispose();
        _wake.Dispose();
    }

    /// <summary>Reads what there is, at most as much as there is room for; false at the end.</summary>
    private bool TryReadOn(Span<float> destination, ref int count)
    {
        var room = destination[count..];
        var most = (int)Math.Min(room.Length * (long)BytesPerSample, _bytes.Length);
        var got = ReadBytes(_bytes.AsSpan(_carried, most - _carried));
        if (got > 0)
        {
            count += Convert(_carried + got, room);
        }

        return got != 0;
    }

    /// <returns>Bytes read; 0 at the end; -1 if there were none after all.</returns>
    private int ReadBytes(Span<byte> buffer)
    {
        var got = LibcNative.Read(_input, buffer, (nuint)buffer.Length);
        if (got >= 0)
        {
            return (int)got;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is LibcNative.ErrorInterrupted or LibcNative.ErrorTryAgain)
        {
            return -1;
        }

        var reason = new Win32Exception(error);
        throw new AudioDeviceException(
            AudioDeviceError.Failed, $"{Name} could not be read: {reason.Message}. Check what feeds it.", reason);
    }

    private int Convert(int byteCount, Span<float> destination)
    {
        var count = byteCount / BytesPerSample;
        for (var i = 0; i < count; i++)
        {
            var low = _bytes[i * BytesPerSample];
            var high = _bytes[(i * BytesPerSample) + 1];
            destination[i] = (short)(low | (high << 8)) / FullScale;
        }

        _carried = byteCount % BytesPerSample;
        if (_carried > 0)
        {
            _bytes[0] = _bytes[byteCount - 1];
        }

        return count;
    }
}
