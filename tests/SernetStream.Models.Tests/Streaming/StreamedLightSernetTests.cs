using SernetStream.Models.LightSernet;
using SernetStream.Models.Onnx;
using SernetStream.Testing;

namespace SernetStream.Models.Tests.Streaming;

/// <summary>Step by step, the network says what it says to all frames at once, to the bit.</summary>
public sealed class StreamedLightSernetTests : IClassFixture<StepsModel>
{
    private const int Step = 16;
    private const int Bands = 64;
    private const int Steps = 30;
    private const string Answers = "FullyQualifiedName~StreamedLightSernetTests.The_answers";
    private const string FileOfAnswers = "SERNET_TEST_ANSWERS";

    private readonly ModelCard _card;

    public StreamedLightSernetTests(StepsModel steps) => _card = ModelCard.Parse(File.ReadAllText(steps.Card), "steps.json");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Its_answers_are_those_to_all_frames_at_once(int together)
    {
        var frames = Frames();
        var answers = AnswersOf(frames, Step * together);
        for (var step = together; step <= Steps; step += together)
        {
            Assert.Equal(AnswersOf(frames[..(step * Step * Bands)], step * Step)[0], answers[(step / together) - 1]);
        }

        // They are no constant.
        Assert.True(answers.Select(answer => answer[0]).Distinct().Count() > Steps / together / 2);
    }

    [Fact]
    public void The_built_in_model_answers_as_ONNX_Runtime_does()
    {
        const string name = "light-sernet-streaming-int8";
        using var own = EmotionModel.InOwnCode(name);
        using var original = EmotionModel.InOnnxRuntime(name);
        Assert.IsType<StreamedLightSernet>(own.Network);
        Assert.IsType<OnnxStreamingNetwork>(original.Network);
        using var ours = new RecordingClassifier(own);
        using var theirs = new RecordingClassifier(original);
        foreach (var seconds in (double[])[0.4, 1, 2.5, 7])
        {
            var utterance = Enumerable.Range(0, (int)(seconds * 16000)).Select(i => GoldenSignal.Spoken[i % GoldenSignal.Spoken.Length]).ToArray();
            var pairs = ours.Classify(utterance).ToArray().Zip(theirs.Classify(utterance).ToArray());
            Assert.All(pairs, pair => Assert.Equal(pair.Second, pair.First, 1e-3f));
        }
    }

    [Fact]
    public void A_step_that_is_not_kept_changes_nothing()
    {
        var frames = Frames();
        using var state = Network(Step).CreateState();
        var random = new Random(4);
        foreach (var (answer, step) in AnswersOf(frames, Step).Select((answer, step) => (answer, step)))
        {
            for (var i = random.Next(3); i > 0; i--)
            {
                state.Step(frames.AsSpan(random.Next(Steps) * Step * Bands, Step * Bands));
            }

            state.Step(frames.AsSpan(step * Step * Bands, Step * Bands));
            state.Keep();
            Assert.Equal(answer, state.Output.ToArray());
        }
    }

    [Fact]
    public void It_begins_anew_when_it_has_forgotten()
    {
        var frames = Frames();
        using var state = Network(Step).CreateState();
        var first = AnswersOf(frames, Step)[0];
        for (var turn = 0; turn < 3; turn++)
        {
            state.Step(frames.AsSpan(..(Step * Bands)));
            state.Keep();
            Assert.Equal(first, state.Output.ToArray());
            state.Step(frames.AsSpan((7 * Step * Bands)..(8 * Step * Bands)));
            state.Keep();
            state.Clear();
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var frames = Frames();
        using var state = Network(Step).CreateState();
        Assert.Equal(0, Allocations.Of(() =>
        {
            state.Fade(0.9f);
            state.Step(frames.AsSpan(..(Step * Bands)));
            state.Keep();
        }));
    }

    [Fact]
    public void The_answers()
    {
        if (Environment.GetEnvironmentVariable(FileOfAnswers) is { } file)
        {
            File.WriteAllText(file, Text(AnswersOf(Frames(), Step)));
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
        await VectorWidths.RunAsync(width, typeof(StreamedLightSernetTests).Assembly, Answers, KeyValuePair.Create(FileOfAnswers, file));
        Assert.Equal(Text(AnswersOf(Frames(), Step)), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static string Text(float[][] answers) =>
        string.Join(' ', answers.SelectMany(answer => answer).Select(BitConverter.SingleToInt32Bits));

    /// <summary>The answers after each step of so many frames.</summary>
    private float[][] AnswersOf(float[] frames, int step)
    {
        using var state = Network(step).CreateState();
        var answers = new float[frames.Length / Bands / step][];
        for (var i = 0; i < answers.Length; i++)
        {
            state.Step(frames.AsSpan(i * step * Bands, step * Bands));
            state.Keep();
            answers[i] = state.Output.ToArray();
        }

        return answers;
    }

    /// <summary>What might be logarithms of energies of speech, with pauses.</summary>
    private static float[] Frames()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, Steps * Step).SelectMany(frame => Enumerable.Range(0, Bands).Select(band =>
            (float)((6 * Math.Sin(frame / 9.0) * Math.Sin((band / 5.0) + (frame / 31.0))) - 5 + random.NextDouble() - (frame % 90 > 70 ? 6 : 0))))];
    }

    /// <summary>A network of random weights.</summary>
    private StreamedLightSernet Network(int frames)
    {
        var random = new Random(1);
        FirstPath[] paths = [Path(11, 1), Path(1, 9), Path(3, 3)];
        return new StreamedLightSernet
        {
            Card = _card,
            Frames = frames,
            Normalisation = new StreamedNormalisation(
                [.. Enumerable.Range(0, Bands).Select(band => -1 - (band / 32f))], 1.5f, Doubt: 8, Decay: 0.998f, Depth: 7, Least: 0.01f, Limit: 4),
            Paths = new FirstPaths(paths, Bands, 0.02f),
            Body =
            [
                new TileConvolution(Layer(96, 64, 3), new Pool(2, 1, 0.25f, 0.5f)),
                new TileConvolution(Layer(64, 96, 3), new Pool(2, 1, 0.25f, 0.5f)),
                new TileConvolution(Layer(96, 128, 3), new Pool(1, 1, 0.5f, 1)),
                new TileConvolution(Layer(128, 160, 3), Pool.None),
            ],
            Last = new LastConvolution(Layer(160, 320, 1), new Pool(2, 1, 0.5f, null), 0.02f),
            Head = new Head([.. Enumerable.Range(0, 4 * 1280).Select(_ => (random.NextSingle() - 0.5f) / 20)], [0, 0, 0, 0]),
            MostChannels = 320,
        };

        FirstPath Path(int rows, int columns) => new(
            rows, columns, [.. Enumerable.Range(0, 32 * rows * columns).Select(_ => (random.NextSingle() - 0.5f) / 2)], new float[32]);

        LevelLayer Layer(int inputs, int outputs, int size) => new(
            inputs,
            outputs,
            [.. Enumerable.Range(0, inputs * outputs * size * size).Select(_ => (sbyte)random.Next(-63, 64))],
            new int[outputs],
            [.. Enumerable.Repeat((float)(2 / (36 * Math.Sqrt(inputs * size * size))), outputs)]);
    }
}
