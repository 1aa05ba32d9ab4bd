using System.Runtime.InteropServices;

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

    private const int TapCount = 3;
    private const int ChannelsOut = MemoryCell.Size;
    private const int Gates = 4 * MemoryCell.Size;

    private readonly float[] _gateBias;
    private readonly float[] _gatesOfInput;
    private readonly float[] _gatesOfOutput;
    private readonly float _lastBias;
    private readonly float[] _last;

    private SileroWeights()
    {
        var constants = Read();

        // Taps that meet nothing but the zeros beside a step's frames are left out.
        Layers =
        [
            Layer(0, SileroSpectrum.BinCount, 128, stride: 1, framesOut: 4, firstTap: 0, taps: 3),
            Layer(1, 128, 64, stride: 2, framesOut: 2, firstTap: 0, taps: 3),
            Layer(2, 64, 64, stride: 2, framesOut: 1, firstTap: 1, taps: 2),
            Layer(3, 64, ChannelsOut, stride: 1, framesOut: 1, firstTap: 1, taps: 1),
        ];
        _gateBias = Of("decoder.rnn.bias_ih", Gates);
        var second = Of("decoder.rnn.bias_hh", Gates);
        for (var n = 0; n < Gates; n++)
        {
            _gateBias[n] += second[n];
        }

        _gatesOfInput = Transposed(Of("decoder.rnn.weight_ih", Gates * ChannelsOut), Gates, ChannelsOut);
        _gatesOfOutput = Transposed(Of("decoder.rnn.weight_hh", Gates * MemoryCell.Size), Gates, MemoryCell.Size);
        _lastBias = Of("decoder.decoder.2.bias", 1)[0];
        _last = Of("decoder.decoder.2.weight", MemoryCell.Size);

        float[] Of(string name, int count) => constants.TryGetValue(name, out var values) && values.Length == count
            ? values
            : throw new InvalidDataException($"{Resource} has no constant {name} of {count} numbers: it is another network.");

        SileroLayer Layer(int number, int inputs, int outputs, int stride, int framesOut, int firstTap, int taps) => new(
            inputs, outputs, stride, framesOut, firstTap, taps,
            Of($"encoder.{number}.reparam_conv.bias", outputs),
            ByTap(Of($"encoder.{number}.reparam_conv.weight", outputs * inputs * TapCount), inputs, outputs, firstTap, taps));
    }

    /// <summary>Those of this process.</summary>
    public static SileroWeights Shared { get; } = new();

    /// <summary>The convolutions, first to last.</summary>
    public SileroLayer[] Layers { get; }

    /// <summary>Of the memory's gates: what is admitted, what is kept, the news, what is shown, one after the other.</summary>
    public ReadOnlySpan<float> GateBias => _gateBias;

    /// <summary>From the encoder's output to the gates: inputs × gates.</summary>
    public ReadOnlySpan<float> GatesOfInput => _gatesOfInput;

    /// <summary>From the memory's own output to the gates: outputs × gates.</summary>
    public ReadOnlySpan<float> GatesOfOutput => _gatesOfOutput;

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

    private static Dictionary<string, float[]> Read()
    {
        // The stream is of memory that belongs to the program's file: nothing is copied but the constants.
        using var stream = (UnmanagedMemoryStream)typeof(SileroWeights).Assembly.GetManifestResourceStream(Resource)!;
        var constants = new Dictionary<string, float[]>(StringComparer.Ordinal);
        OnnxConstants.Read(new ReadOnlySpan<byte>(stream.PositionPointer, (int)stream.Length), (name, bytes) =>
        {
            if (name.StartsWith(Branch, StringComparison.Ordinal))
            {
                constants[name[Branch.Length..]] = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            }
        });
        return constants;
    }

    /// <summary>Outputs × inputs × taps becomes taps × inputs × outputs, of the taps that are kept.</summary>
    private static float[] ByTap(float[] weights, int inputs, int outputs, int firstTap, int taps)
    {
        var result = new float[taps * inputs * outputs];
        for (var output = 0; output < outputs; output++)
        {
            for (var input = 0; input < inputs; input++)
            {
                for (var tap = 0; tap < taps; tap++)
                {
                    result[(((tap * inputs) + input) * outputs) + output] = weights[(((output * inputs) + input) * TapCount) + firstTap + tap];
                }
            }
        }

        return result;
    }

    private static float[] Transposed(float[] weights, int rows, int columns)
    {
        var result = new float[weights.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = weights[(row * columns) + column];
            }
        }

        return result;
    }
}

/// <summary>A convolution over frames, three taps wide, of which those that can meet a frame are kept.</summary>
internal sealed class SileroLayer(
    int inputs, int outputs, int stride, int framesOut, int firstTap, int taps, float[] bias, float[] weights)
{
    /// <summary>Channels of a frame that comes in.</summary>
    public int Inputs => inputs;

    /// <summary>Channels of a frame that goes out.</summary>
    public int Outputs => outputs;

    /// <summary>Frames from one that is computed to the next.</summary>
    public int Stride => stride;

    /// <summary>Frames that go out.</summary>
    public int FramesOut => framesOut;

    /// <summary>The first tap that is kept, of 0, 1 and 2.</summary>
    public int FirstTap => firstTap;

    /// <summary>How many are kept.</summary>
    public int Taps => taps;

    /// <summary>One a channel that goes out.</summary>
    public ReadOnlySpan<float> Bias => bias;

    /// <summary>The weights of a tap, inputs × outputs.</summary>
    public ReadOnlySpan<float> WeightsOf(int tap) => weights.AsSpan((tap - firstTap) * inputs * outputs, inputs * outputs);
}
