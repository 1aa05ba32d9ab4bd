using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using SernetStream.Audio.Files;
using SernetStream.Models;
using SernetStream.Models.Onnx;
using SernetStream.Testing;

namespace SernetStream.Packaging.Tests.Arm;

/// <summary>
/// The default model gives the same results on a Raspberry Pi as here: for each window alone, and with a baseline of the
/// windows before. The shipped Arm library runs by emulation.
/// </summary>
public sealed class ArmModelTests : IDisposable
{
    /// <summary>
    /// The integers of an int8 model are exact everywhere. A float between two integer levels may be rounded either way;
    /// this changed a probability by up to 0.0043.
    /// </summary>
    private const double Tolerance = 0.005;

    /// <summary>A baseline also carries the rounding of the windows before: up to 0.0050.</summary>
    private const double LearningTolerance = 0.006;

    private const int SampleRate = 16000;
    private readonly EmotionModel _model = EmotionModel.Load("light-sernet-home-int8");

    public static TheoryData<Board> Boards { get; } = [Board.Pi3, Board.Pi4, Board.Pi5];

    private static string Natives { get; } = Path.Combine(Path.GetDirectoryName(Repository.Daemon)!, "runtimes");

    /// <summary>The header of the C interface, from the package of the library.</summary>
    private static string Header { get; } = typeof(ArmModelTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == "OnnxRuntimeHeaders").Value!;

    public void Dispose() => _model.Dispose();

    [NeedsTheory(EmulatedPi.Emulator, EmulatedPi.Compiler)]
    [MemberData(nameof(Boards))]
    public Task Speech_is_judged_alike(Board board)
    {
        var spoken = AudioFile.ReadAll(Repository.PathOf("samples", "spoken.flac")).Samples;
        var windows = Enumerable.Range(0, 8).Select(i => spoken.AsSpan(i * spoken.Length / 9, 2 * SampleRate).ToArray())
            .Append(GoldenSignal.Read("noise.s16")).Append(GoldenSignal.Read("chirp.s16")).Append(GoldenSignal.Read("long.s16"));
        return AssertAlikeAsync(board, windows, learns: false);
    }

    [NeedsTheory("data:emodb", EmulatedPi.Emulator, EmulatedPi.Compiler)]
    [InlineData(false)]
    [InlineData(true)]
    public Task Every_tenth_recording_of_EmoDb_is_judged_alike(bool learns)
    {
        var files = Directory.EnumerateFiles(Repository.Dataset("emodb"), "*.*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".wav" or ".flac" or ".ogg")
            .Order(StringComparer.Ordinal).Where((_, index) => index % 10 == 0).ToList();
        Assert.InRange(files.Count, 50, 60);
        return AssertAlikeAsync(Board.Pi4, files.Select(Samples16K), learns);
    }

    private static float[] Samples16K(string file)
    {
        var clip = AudioFile.ReadAll(file);
        Assert.Equal(SampleRate, clip.SampleRate);
        return clip.Samples;
    }

    private async Task AssertAlikeAsync(Board board, IEnumerable<float[]> recordings, bool learns)
    {
        var card = _model.Card;
        var frontEnd = new Dsp.SegmentFrontEnd(card.FrontEnd);
        using var classifier = _model.CreateClassifier();
        var features = new MemoryStream();
        var here = new List<float[]>();
        foreach (var recording in recordings)
        {
            frontEnd.Compute(recording, classifier.Features);
            features.Write(MemoryMarshal.AsBytes(classifier.Features));
            here.Add(classifier.Classify().ToArray());
            if (learns)
            {
                classifier.Update();
            }
        }

        var there = await ClassifyThereAsync(board, features.ToArray(), learns);

        Assert.Equal(here.Count, there.Count);
        for (var i = 0; i < here.Count; i++)
        {
            Assert.Equal(card.Labels[Largest(here[i])], card.Labels[Largest(there[i])]);
            Assert.Equal(here[i].Length, there[i].Length);
            Assert.All(here[i].Zip(there[i]), pair => Assert.Equal(pair.First, pair.Second, learns ? LearningTolerance : Tolerance));
        }

        // There must be several labels, or the windows are too similar for a useful test.
        Assert.True(here.Select(Largest).Distinct().Count() >= 3);
    }

    /// <summary>Each window's probabilities on the board.</summary>
    private async Task<List<float[]>> ClassifyThereAsync(Board board, byte[] features, bool learns)
    {
        using var pi = new EmulatedPi(board);
        using var folder = new TemporaryFolder();
        var card = _model.Card;
        var program = await pi.CompileAsync(Repository.PathOf("tests", "SernetStream.Packaging.Tests", "Arm", "classify.c"), Header);
        var result = await pi.RunAsync(
            program,
            [
                Path.Combine(Natives, "linux-arm64", "native", "libonnxruntime.so"),
                folder.Write("model.onnx", ModelCatalog.Open("light-sernet-home-int8").File),
                card.InputName, card.OutputName, $"{card.Labels.Count}",
                card.Adaptation?.InputName ?? "", (learns ? card.Adaptation?.OutputName : null) ?? "", $"{card.Adaptation?.Size ?? 0}",
                .. OnnxNetwork.InputShape(card).Select(size => size.ToString(CultureInfo.InvariantCulture)),
            ],
            features);
        Assert.True(result.ExitCode == 0, result.Errors);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Calibrated)];
    }

    private float[] Calibrated(string line)
    {
        var output = line.Split(' ').Select(number => float.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        Calibration.Apply(output, _model.Card.OutputKind, _model.Card.Temperature);
        return output;
    }

    private static int Largest(float[] values) => Array.IndexOf(values, values.Max());
}
