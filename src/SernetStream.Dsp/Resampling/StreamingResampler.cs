using System.Numerics;

namespace SernetStream.Dsp.Resampling;

/// <summary>
/// Converts a stream of samples from one rate to another: a polyphase linear-phase FIR filter (a sinc under a Kaiser
/// window, designed in double precision, applied in single precision, in one order of summation).
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>Pass band: flat within 0.001 dB up to <see cref="PassBandHz"/>, 95 % of half the lower of both rates
/// (7.6 kHz at 16 kHz, the upper edge of the models' mel bands).</item>
/// <item>Stop band: everything from <see cref="StopBandHz"/>, half the lower of both rates, lies at least 100 dB down.
/// So nothing that is more than 100 dB below full scale folds back, and no image of a slow input remains.</item>
/// <item>Time: output sample k belongs to the input's time k / <see cref="OutputRate"/> exactly, for ever; the filter's
/// own delay is taken out. What remains is that an output waits for <see cref="LookAheadSamples"/> input samples after
/// its time (about 8.5 ms when the lower rate is 16 kHz); <see cref="Flush"/> does not wait for them.</item>
/// <item>The output does not depend, to the last bit, on how the input was cut into calls.</item>
/// <item>Nothing is allocated after construction. The coefficients take at most about 1 MB.</item>
/// </list>
/// A sample that is NaN or infinite spoils the outputs within the filter's reach, and no others. Not thread-safe: one
/// stream, one instance.
/// </remarks>
public sealed class StreamingResampler
{
    private const double PassBandShare = 0.95;

    // 5 dB more than is promised, for what single precision adds.
    private const double DesignAttenuationDb = 105;

    // Input samples taken in at once; only the rate at which the buffer is moved down depends on it.
    private const int BlockSamples = 4096;

    private readonly PhaseTable? _table;
    private readonly float[] _buffer;
    private readonly int _outputStep;
    private readonly int _inputStep;

    private int _filled;
    private int _windowStart;
    private int _phase;
    private long _inputCount;
    private long _outputCount;
    private bool _isFlushing;

    /// <param name="inputRate">Samples per second of the input: 8 000 to 192 000, any whole number.</param>
    /// <param name="outputRate">Samples per second of the output: the same range.</param>
    /// <exception cref="ArgumentOutOfRangeException">A rate lies outside the range.</exception>
    public StreamingResampler(int inputRate, int outputRate)
    {
        SampleRates.Check(inputRate, nameof(inputRate));
        SampleRates.Check(outputRate, nameof(outputRate));
        InputRate = inputRate;
        OutputRate = outputRate;

        var divisor = (int)BigInteger.GreatestCommonDivisor(inputRate, outputRate);
        _outputStep = outputRate / divisor;
        _inputStep = inputRate / divisor;
        StopBandHz = 0.5 * Math.Min(inputRate, outputRate);
        PassBandHz = PassBandShare * StopBandHz;
        if (inputRate == outputRate)
        {
            _buffer = [];
            return;
        }

        var prototype = new KaiserSinc(PassBandHz / inputRate, StopBandHz / inputRate, DesignAttenuationDb);
        _table = new PhaseTable(prototype, _outputStep, (double)outputRate / inputRate);
        _buffer = GC.AllocateArray<float>(_table.TapCount + BlockSamples, pinned: true);
        Reset();
    }

    /// <summary>Samples per second going in.</summary>
    public int InputRate { get; }

    /// <summary>Samples per second coming out.</summary>
    public int OutputRate { get; }

    /// <summary>Up to here the response is flat, in Hz. At equal rates the samples pass unchanged.</summary>
    public double PassBandHz { get; }

    /// <summary>From here on nothing passes, in Hz: half the lower of both rates.</summary>
    public double StopBandHz { get; }

    /// <summary>Input samples after an output's time that it waits for; 0 at equal rates.</summary>
    public int LookAheadSamples => _table?.LookAhead ?? 0;

    /// <summary><see cref="LookAheadSamples"/> in seconds.</summary>
    public double LookAheadSeconds => (double)LookAheadSamples / InputRate;

    /// <summary>
    /// Multiplications for one output sample are this many (four times as many where rows are interpolated).
    /// </summary>
    public int TapCount => _table?.TapCount ?? 0;

    /// <summary>Bytes the coefficients take.</summary>
    public int CoefficientBytes => _table?.SizeBytes ?? 0;

    /// <summary>Input samples taken since construction or <see cref="Reset"/>.</summary>
    public long InputCount => _inputCount;

    /// <summary>
    /// Output samples delivered since then; the next one belongs to the time this / <see cref="OutputRate"/>.
    /// </summary>
    public long OutputCount => _outputCount;

    /// <summary>An output of this length lets one call of <see cref="Process"/> take all of an input.</summary>
    /// <param name="inputCount">Samples in the input; 0 or more.</param>
    public int MaxOutput(int inputCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputCount);
        return checked((int)Resampler.OutputLength(inputCount, InputRate, OutputRate) + 1);
    }

    /// <summary>
    /// Input samples, since construction or <see cref="Reset"/>, of which the first so many outputs can be made: the last
    /// one that they depend on is among them, and no later one.
    /// </summary>
    /// <param name="outputCount">Outputs since then; 1 or more.</param>
    public long InputFor(long outputCount) => ((outputCount - 1) * _inputStep / _outputStep) + LookAheadSamples + 1;

    /// <summary>Takes input and delivers the outputs that can be made of it.</summary>
    /// <param name="input">Any number of samples, also none.</param>
    /// <param name="output">
    /// Where they go; if it is too short (see <see cref="MaxOutput"/>), input is left over.
    /// </param>
    /// <param name="consumed">How many samples were taken; pass the others again.</param>
    /// <returns>How many samples were written.</returns>
    /// <exception cref="InvalidOperationException">The stream was ended by <see cref="Flush"/>.</exception>
    public int Process(ReadOnlySpan<float> input, Span<float> output, out int consumed)
    {
        if (_isFlushing)
        {
            throw new InvalidOperationException("The stream was ended by Flush; Reset starts a new one.");
        }

        if (_table is null)
        {
            consumed = Math.Min(input.Length, output.Length);
            input[..consumed].CopyTo(output);
            _inputCount += consumed;
            _outputCount += consumed;
            return consumed;
        }

        consumed = 0;
        var written = Emit(output, long.MaxValue);
        while (consumed < input.Length && !CanEmit)
        {
            if (_buffer.Length - _filled < input.Length - consumed)
            {
                MoveDown();
            }

            var taken = Math.Min(input.Length - consumed, _buffer.Length - _filled);
            input.Slice(consumed, taken).CopyTo(_buffer.AsSpan(_filled));
            _filled += taken;
            consumed += taken;
            _inputCount += taken;
            written += Emit(output[written..], long.MaxValue);
        }

        return written;
    }

    /// <summary>
    /// Ends the stream: delivers the outputs that were waiting for input, as if silence followed. In all the stream has
    /// then given ⌈inputs · <see cref="OutputRate"/> / <see cref="InputRate"/>⌉ samples, those whose time lies before
    /// the end of the input.
    /// </summary>
    /// <param name="output">Where they go; any length above 0.</param>
    /// <returns>How many samples were written; call again until it is 0.</returns>
    public int Flush(Span<float> output)
    {
        _isFlushing = true;
        if (_table is null)
        {
            return 0;
        }

        var left = Resampler.OutputLength(_inputCount, InputRate, OutputRate) - _outputCount;
        var written = Emit(output, left);
        while (written < left && !CanEmit)
        {
            MoveDown();
            _buffer.AsSpan(_filled).Clear();
            _filled = _buffer.Length;
            written += Emit(output[written..], left - written);
        }

        return written;
    }

    /// <summary>
    /// Overwrites by silence the samples it has taken and still keeps. The stream goes on: not a sample of time is lost, and
    /// what comes out is as if zeros had gone in.
    /// </summary>
    public void Silence() => Array.Clear(_buffer);

    /// <summary>Forgets everything; the next sample is the first of a new stream.</summary>
    public void Reset()
    {
        _inputCount = 0;
        _outputCount = 0;
        _isFlushing = false;
        if (_table is not null)
        {
            // Silence lies before the first sample, as far back as the window of output 0 reaches.
            _filled = _table.TapCount - 1 - _table.LookAhead;
            _buffer.AsSpan(0, _filled).Clear();
            _windowStart = 0;
            _phase = 0;
        }
    }

    private bool CanEmit => _windowStart + _table!.TapCount <= _filled;

    private int Emit(Span<float> output, long most)
    {
        var table = _table!;
        var written = 0;
        while (written < output.Length && written < most && CanEmit)
        {
            output[written++] = table.Apply(_buffer.AsSpan(_windowStart, table.TapCount), _phase);

            // Whole numbers only: the position is exact however long the stream.
            _phase += _inputStep;
            _windowStart += _phase / _outputStep;
            _phase %= _outputStep;
        }

        _outputCount += written;
        return written;
    }

    private void MoveDown()
    {
        // At steep ratios the next window may begin beyond what has arrived.
        var dropped = Math.Min(_windowStart, _filled);
        _buffer.AsSpan(dropped, _filled - dropped).CopyTo(_buffer);
        _filled -= dropped;
        _windowStart -= dropped;
    }
}
