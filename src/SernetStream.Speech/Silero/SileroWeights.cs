namespace SernetStream.Speech.Silero;

/// <summary>
/// The network's weights, in the order in which the arithmetic reads them. They are read from Silero's own ONNX file, which is
/// built in, when the first detector is made. All detectors of the process share them.
/// </summary>
internal sealed unsafe class SileroWeights
{
    /// <summary>Silero's file; see build/NodeModules.targets.</summary>
    private const string Resource = "silero_vad_v6.onnx";

    /// <summary>What the names of the constants for 16 kHz begin with; the other branch is for 8 kHz.</summary>
    private const string Branch = "If_0_then_branch__Inline_0__";

    /// <summary>Of the memory's output, a number between −1 and 1.</summary>
    public const int OutputBits = 13;

    private const int TapCount = 3;
    private const int ChannelsOut = MemoryCell.Size;
    private const int Gates = 4 * MemoryCell.Size;

    private readonly float[] _gateBias;
    private readonly float _lastBias;
    private readonly float[] _last;

    private SileroWeights()
    {
        // The stream is of memory that belongs to the program's file: the floats are read where they lie.
        using var stream = (UnmanagedMemoryStream)typeof(SileroWeights).Assembly.GetManifestResourceStream(Resource)!;
        var constants = new Dictionary<string, (nint Address, int Length)>(StringComparer.Ordinal);
        OnnxConstants.Read(new ReadOnlySpan<byte>(stream.PositionPointer, (int)stream.Length), (name, bytes) =>
        {
            fixed (byte* address = bytes)
            {
                constants[name] = ((nint)address, bytes.Length);
            }
        });

        // Taps that meet nothing but the zeros beside a step's frames are left out.
        Layers =
        [
            Layer(0, new LevelShape(3, SileroSpectrum.BinCount, 128, InputBits: 14), stride: 1, SileroSpectrum.FrameCount, framesOut: 4, firstTap: 0),
            Layer(1, new LevelShape(3, 128, 64, InputBits: 13), stride: 2, framesIn: 4, framesOut: 2, firstTap: 0),
            Layer(2, new LevelShape(2, 64, 64, InputBits: 13), stride: 2, framesIn: 2, framesOut: 1, firstTap: 1),
            Layer(3, new LevelShape(1, 64, ChannelsOut, InputBits: 13), stride: 1, framesIn: 1, framesOut: 1, firstTap: 1),
        ];
        _gateBias = Of("decoder.rnn.bias_ih", Gates).ToArray();
        var second = Of("decoder.rnn.bias_hh", Gates);
        for (var n = 0; n < Gates; n++)
        {
            _gateBias[n] += second[n];
        }

        GatesOfInput = new LevelMatrix(Of("decoder.rnn.weight_ih", Gates * ChannelsOut), new LevelShape(1, ChannelsOut, Gates, InputBits: 13));
        GatesOfOutput = new LevelMatrix(
            Of("decoder.rnn.weight_hh", Gates * MemoryCell.Size), new LevelShape(1, MemoryCell.Size, Gates, OutputBits, IsSigned: true));
        _lastBias = Of("decoder.decoder.2.bias", 1)[0];
        _last = Of("decoder.decoder.2.weight", MemoryCell.Size).ToArray();

        ReadOnlySpan<float> Of(string name, int count) =>
            constants.TryGetValue(Branch + name, out var place) && place.Length == count * sizeof(float)
                ? new ReadOnlySpan<float>((void*)place.Address, count)
                : throw new InvalidDataException($"{Resource} has no constant {name} of {count} numbers: it is another network.");

        SileroLayer Layer(int number, LevelShape shape, int stride, int framesIn, int framesOut, int firstTap) => new(
            new LevelMatrix(
                Of($"encoder.{number}.reparam_conv.weight", shape.Outputs * shape.Inputs * TapCount)[firstTap..], shape, TapCount),
            stride, framesIn, framesOut, firstTap,
            Of($"encoder.{number}.reparam_conv.bias", shape.Outputs).ToArray());
    }

    /// <summary>Those of this process.</summary>
    public static SileroWeights Shared { get; } = new();

    /// <summary>The convolutions, first to last.</summary>
    public SileroLayer[] Layers { get; }

    /// <summary>Of the memory's gates: what is admitted, what is kept, the news, what is shown, one after the other.</summary>
    public ReadOnlySpan<float> GateBias => _gateBias;

    /// <summary>From the encoder's output to the gates.</summary>
    public LevelMatrix GatesOfInput { get; }

    /// <summary>From the memory's own output to the gates.</summary>
    public LevelMatrix GatesOfOutput { get; }

    /// <summary>How likely speech is, by the memory's output.</summary>
    public float LikelihoodOf(ReadOnlySpan<float> output)
    {
        var sum = _lastBias;
        for (var n = 0; n < output.Length; n++)
        {
            sum += _last[n] * Math.Max(output[n], 0);
        }

        return Sigmoid.Of(sum);
    }
}

/// <summary>A convolution over frames, three taps wide, of which those that can meet a frame are kept.</summary>
/// <param name="Weights">Those of the taps that are kept.</param>
/// <param name="Stride">Frames from one that is computed to the next.</param>
/// <param name="FramesIn">Frames that come in.</param>
/// <param name="FramesOut">Frames that go out.</param>
/// <param name="FirstTap">The first tap that is kept, of 0, 1 and 2.</param>
/// <param name="Bias">One a channel that goes out.</param>
internal sealed record SileroLayer(LevelMatrix Weights, int Stride, int FramesIn, int FramesOut, int FirstTap, float[] Bias);
