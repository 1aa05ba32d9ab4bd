using SernetStream.Native;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Models.Tests;

/// <summary>A result does not depend on the memory address of the input.</summary>
public class AlignedMemoryTests
{
    private const string Answers = "FullyQualifiedName~AlignedMemoryTests.Fifty";

    // Whether a model shows the fault depends on the processor; this one shows it on all: tests/golden/means/make.py.
    private const string Means = "means";

    private static readonly List<byte[]> OddArrays = [];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1346)]
    public void Memory_begins_at_a_multiple_of_64_filled_with_zeros(int length)
    {
        using var buffer = new AlignedBuffer<float>(length);
        Assert.Equal(0, buffer.Address % 64);
        Assert.Equal((length, 4L * length), (buffer.Span.Length, buffer.ByteLength));
        Assert.False(buffer.Span.ContainsAnyExcept(0f));
    }

    [Fact]
    public void Memory_that_was_given_back_is_out_of_reach()
    {
        var buffer = new AlignedBuffer<float>(8);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => buffer.Address);
    }

    [Fact]
    public void Every_window_of_a_classifier_is_aligned_and_judged_where_it_lies()
    {
        using var model = EmotionModel.Load("light-sernet-home-int8");
        using var classifier = model.CreateClassifier();
        var windows = Enumerable.Range(0, 3).Select(_ => classifier.CreateFeatures()).ToList();
        var answers = windows.Select((window, seed) =>
        {
            Assert.Equal(0, window.Address % 64);
            Fill(window.Span, seed);
            return classifier.Classify(window).ToArray();
        }).ToList();
        Assert.Equal(3, answers.Select(answer => answer[0]).Distinct().Count());
        Assert.Equal(answers[1], classifier.Classify(windows[1]).ToArray());
        Fill(classifier.Features, 1);
        Assert.Equal(answers[1], classifier.Classify().ToArray());
    }

    [Theory]
    [InlineData("light-sernet-home-int8")]
    [InlineData("light-sernet-emodb-int8")]
    [InlineData("light-sernet-emodb-fp32")]
    [InlineData(Means)]
    public void Fifty_classifiers_give_one_answer_to_the_bit(string name)
    {
        using var model = EmotionModel.Load(name == Means ? Repository.PathOf("tests", "golden", "means", "means.json") : name);
        var answers = Enumerable.Range(0, 50).Select(seed =>
        {
            Disturb(seed);
            using var classifier = model.CreateClassifier();
            return Enumerable.Range(0, 3).SelectMany(utterance =>
            {
                Fill(classifier.Features, utterance);
                var answer = classifier.Classify().ToArray();
                classifier.Update();
                return answer;
            }).ToArray();
        }).ToList();
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Fact]
    public void Fifty_detectors_give_one_answer_to_the_bit()
    {
        var steps = GoldenSignal.Spoken.Chunk(ISpeechDetector.StepLength)
            .Where(step => step.Length == ISpeechDetector.StepLength).Take(20).ToList();
        var answers = Enumerable.Range(0, 50).Select(seed =>
        {
            Disturb(seed);
            using var detector = new SileroDetector();
            return steps.Select(step => detector.Probability(step)).ToArray();
        }).ToList();
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Theory]
    [Trait("Category", "slow")]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits128Fused)]
    public async Task The_same_holds_on_smaller_processors(VectorWidth width) =>
        Assert.Equal(5, await VectorWidths.RunAsync(width, typeof(AlignedMemoryTests).Assembly, Answers));

    /// <summary>Keeps arrays of odd sizes, so that the heap's next address is unaligned.</summary>
    private static void Disturb(int seed)
    {
        lock (OddArrays)
        {
            OddArrays.Add(new byte[(seed * 37) + 1]);
        }
    }

    private static void Fill(Span<float> features, int seed)
    {
        var random = new Random(seed);
        foreach (ref var feature in features)
        {
            feature = (float)((random.NextDouble() * 6) - 3);
        }
    }
}
