using SernetStream.Dsp;
using SernetStream.Models.LightSernet;
using SernetStream.Models.Onnx;
using SernetStream.Testing;

namespace SernetStream.Models.Tests;

/// <summary>The network that is computed here gives what ONNX Runtime gives of the same file.</summary>
public class LightSernetTests
{
    private const string Answers = "FullyQualifiedName~LightSernetTests.The_answers";
    private const string FileOfAnswers = "SERNET_TEST_ANSWERS";
    private static readonly string[] Int8 = ["light-sernet-home-int8", "light-sernet-house-int8", "light-sernet-free-int8", "light-sernet-emodb-int8"];

    public static TheoryData<string> Models => [.. Int8];

    [Theory]
    [MemberData(nameof(Models))]
    public void It_answers_as_ONNX_Runtime_does(string name)
    {
        using var model = EmotionModel.InOwnCode(name);
        using var original = EmotionModel.InOnnxRuntime(name);
        Assert.IsType<LightSernetNetwork>(model.Network);
        Assert.IsType<OnnxNetwork>(original.Network);
        using var ours = model.CreateClassifier();
        using var theirs = original.CreateClassifier();
        foreach (var window in Windows(model.Card.FrontEnd))
        {
            window.CopyTo(ours.Features);
            window.CopyTo(theirs.Features);
            var (here, there) = (ours.Classify().ToArray(), theirs.Classify().ToArray());
            TestContext.Current.TestOutputHelper?.WriteLine($"{string.Join(' ', here)} | {string.Join(' ', there)}");
            Assert.Equal(Largest(there), Largest(here));

            // Features that differ in their last bit may round to the next of 256 levels.
            Assert.All(here.Zip(there), pair => Assert.Equal(pair.Second, pair.First, 5e-3f));
            ours.Update();
            theirs.Update();
            Assert.All(ours.Learnt.ToArray().Zip(theirs.Learnt.ToArray()), pair => Assert.Equal(pair.Second, pair.First, 0.1f));
        }
    }

    [Fact]
    public void Other_models_are_left_to_ONNX_Runtime()
    {
        using var fp32 = EmotionModel.Load("light-sernet-emodb-fp32");
        Assert.IsType<OnnxNetwork>(fp32.Network);
        using var small = EmotionModel.Load(Repository.PathOf("tests", "golden", "means", "means.json"));
        Assert.IsType<OnnxNetwork>(small.Network);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_file_that_differs_in_any_node_is_another_network(string name)
    {
        var package = ModelCatalog.Open(name);
        Assert.NotNull(LightSernetReader.TryRead(package));
        foreach (var word in (string[])["kernel_shape", "Relu", "axis", "pads", "DequantizeLinear", "Conv", "strides", "QuantizeLinear"])
        {
            var bytes = package.File.ToArray();
            var at = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(word));
            bytes[at]++;
            Assert.Null(LightSernetReader.TryRead(package with { File = bytes }));
        }

        Assert.Null(LightSernetReader.TryRead(package with { File = package.File[..100_000] }));
        Assert.Null(LightSernetReader.TryRead(package with { Card = package.Card with { Labels = ["one", "two"] } }));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_window()
    {
        using var model = EmotionModel.InOwnCode("light-sernet-home-int8");
        using var classifier = model.CreateClassifier();
        Windows(model.Card.FrontEnd).First().CopyTo(classifier.Features);
        Assert.Equal(0, Allocations.Of(() => classifier.Classify()));
    }

    [Fact]
    public void The_answers()
    {
        var answers = Int8.SelectMany(AnswersOf).Select(BitConverter.SingleToInt32Bits);
        if (Environment.GetEnvironmentVariable(FileOfAnswers) is { } file)
        {
            File.WriteAllText(file, string.Join(' ', answers));
        }
    }

    [Theory]
    [Trait("Category", "slow")]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits128Avx)]
    [InlineData(VectorWidth.Bits128Fused)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Widest)]
    public async Task They_are_the_same_on_vectors_of_every_width(VectorWidth width)
    {
        using var folder = new TemporaryFolder();
        var file = folder.PathOf("answers");
        await VectorWidths.RunAsync(width, typeof(LightSernetTests).Assembly, Answers, KeyValuePair.Create(FileOfAnswers, file));
        var here = Int8.SelectMany(AnswersOf).Select(BitConverter.SingleToInt32Bits);
        Assert.Equal(string.Join(' ', here), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static IEnumerable<float> AnswersOf(string name)
    {
        using var model = EmotionModel.InOwnCode(name);
        using var classifier = model.CreateClassifier();
        return [.. Windows(model.Card.FrontEnd).SelectMany(window =>
        {
            window.CopyTo(classifier.Features);
            var answer = classifier.Classify().ToArray();
            classifier.Update();
            return answer.Concat(classifier.Learnt.ToArray());
        })];
    }

    /// <summary>Utterances of several lengths within silence, noise, and no sound at all.</summary>
    private static IEnumerable<float[]> Windows(FrontEndOptions options)
    {
        var frontEnd = new SegmentFrontEnd(options);
        var spoken = GoldenSignal.Spoken;
        var random = new Random(5);
        float[][] pieces =
        [
            spoken, spoken[..8000], spoken[8000..24000], spoken[20000..], spoken[30000..34000],
            [.. spoken.Select(sample => sample * 0.01f)],
            [.. Enumerable.Range(0, 30000).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)],
            new float[16000],
        ];
        foreach (var piece in pieces)
        {
            var features = new float[options.FrameCount * options.FrameFeatures];
            frontEnd.Compute(piece, features);
            yield return features;
        }
    }

    private static int Largest(float[] values) => Array.IndexOf(values, values.Max());
}
