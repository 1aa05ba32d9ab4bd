using SernetStream.Models.LightSernet;
using SernetStream.Models.Onnx;
using SernetStream.Models.Streaming;
using SernetStream.Testing;

namespace SernetStream.Models.Tests.Streaming;

/// <summary>Step by step, the network says what it says to all frames at once, to the bit.</summary>
public sealed class StreamedLightSernetTests : IClassFixture<StepsModel>
{
    private const int Step = 16;
    private const int Bands = 64;
    private const int Steps = 30;
    private const int Labels = 4;
    private const string Answers = "FullyQualifiedName~StreamedLightSernetTests.The_answers";
    private const string FileOfAnswers = "SERNET_TEST_ANSWERS";

    private readonly ModelCard _card;

    public StreamedLightSernetTests(StepsModel steps) => _card = ModelCard.Parse(File.ReadAllText(steps.Card), "steps.json");

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Steps_together_are_answered_as_one_after_the_other(int together)
    {
        var frames = Frames();
        foreach (var share in (float[])[1, 0.9f])
        {
            var answers = AnswersOf(Network(), frames, together, share);
            Assert.Equal(AnswersOf(Network(), frames, 1, share), answers);

            // They are no constant.
            Assert.True(answers.Select(answer => answer[0]).Distinct().Count() > Steps / 2);
        }
    }

    [Fact]
    public void Its_answers_are_those_to_all_frames_at_once()
    {
        var frames = Frames();
        var answers = AnswersOf(Network(), frames, 1);
        foreach (var steps in (int[])[2, 5, Steps])
        {
            // A network whose step has all of these frames.
            Assert.Equal(AnswersOf(Network(steps), frames[..(steps * Step * Bands)], 1)[0], answers[steps - 1]);
        }
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
    public void Steps_that_are_not_kept_change_nothing()
    {
        var frames = Frames();
        var network = Network();
        using var state = network.CreateState();
        using var steps = network.CreateSteps();
        var random = new Random(4);
        var answer = new float[steps.Most * Labels];
        foreach (var (wanted, step) in AnswersOf(network, frames, 1).Select((answer, step) => (answer, step)))
        {
            for (var i = random.Next(3); i > 0; i--)
            {
                var count = random.Next(1, steps.Most + 1);
                steps.Compute(state, Of(frames, random.Next(Steps - count), count), share: 1, keeps: false, answer);
            }

            steps.Compute(state, Of(frames, step, 1), share: 1, keeps: true, answer);
            Assert.Equal(wanted, answer[..Labels]);
        }
    }

    [Fact]
    public void Streams_that_share_the_memory_of_their_steps_do_not_hear_each_other()
    {
        var frames = Frames();
        var network = Network();
        using var steps = network.CreateSteps();
        using var other = network.CreateState();
        using var state = network.CreateState();
        var answer = new float[Labels];
        foreach (var (wanted, step) in AnswersOf(network, frames, 1).Select((answer, step) => (answer, step)))
        {
            steps.Compute(other, Of(frames, Steps - 1 - step, 1), share: 1, keeps: true, answer);
            steps.Compute(state, Of(frames, step, 1), share: 1, keeps: true, answer);
            Assert.Equal(wanted, answer);
        }
    }

    [Fact]
    public void It_begins_anew_when_it_has_forgotten()
    {
        var frames = Frames();
        var network = Network();
        using var state = network.CreateState();
        using var steps = network.CreateSteps();
        var first = AnswersOf(network, frames, 1)[0];
        var answer = new float[Labels];
        for (var turn = 0; turn < 3; turn++)
        {
            steps.Compute(state, Of(frames, 0, 1), share: 1, keeps: true, answer);
            Assert.Equal(first, answer);
            steps.Compute(state, Of(frames, 7, 1), share: 1, keeps: true, answer);
            state.Clear();
        }
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var frames = Frames();
        var network = Network();
        using var state = network.CreateState();
        using var steps = network.CreateSteps();
        var answers = new float[steps.Most * Labels];
        var count = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            count = (count % steps.Most) + 1;
            steps.Compute(state, Of(frames, 0, count), share: 0.9f, keeps: true, answers);
        }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void However_many_steps_a_window_has_the_answers_are_the_same(bool forgets)
    {
        var frames = Frames();
        using var model = EmotionModel.InOwnCode("light-sernet-streaming-int8");
        using var classifier = model.CreateClassifier();
        using var inHops = model.CreateStreamMemory()!;
        using var atOnce = model.CreateStreamMemory()!;
        var (window, most) = (classifier.CreateFeatures(), model.Card.FrontEnd.FrameCount);
        var random = new Random(5);
        var end = 0;
        for (var turn = 0; turn < 60; turn++)
        {
            // From none to eight steps, through more answers than are kept.
            var begin = end;
            end += random.Next(most - Step);
            for (var hop = begin; hop < end; hop += Step)
            {
                Hear(inHops, hop, isFinal: false);
            }

            Assert.Equal(Hear(inHops, end, isFinal: false), Hear(atOnce, end, isFinal: false));
            Assert.Equal(Hear(inHops, begin, isFinal: true), Hear(atOnce, begin, isFinal: true));
        }

        Assert.Equal(Hear(inHops, end, isFinal: true), Hear(atOnce, end, isFinal: true));

        float[] Hear(StreamMemory memory, int to, bool isFinal)
        {
            var first = Math.Max(0, to - most);
            for (var row = 0; row < to - first + Step; row++)
            {
                frames.AsSpan((first + row) % (Steps * Step) * Bands, Bands).CopyTo(window.Span[(row * Bands)..]);
            }

            return classifier.Classify(window, new StreamFrames(1, first, to - first, isFinal, forgets), memory).ToArray();
        }
    }

    [Fact]
    public void A_hop_of_any_number_of_steps_allocates_nothing()
    {
        var frames = Frames();
        using var model = EmotionModel.InOwnCode("light-sernet-streaming-int8");
        using var classifier = model.CreateClassifier();
        using var memory = model.CreateStreamMemory()!;
        var (window, most) = (classifier.CreateFeatures(), model.Card.FrontEnd.FrameCount);
        frames.AsSpan(0, window.Span.Length).CopyTo(window.Span);
        long end = most;
        var hop = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            end += hop++ % 9 * Step;
            classifier.Classify(window, new StreamFrames(1, end - most, most, IsFinal: false, Forgets: true), memory);
        }));
    }

    /// <summary>A home of many rooms has as many streams: each keeps its last rows, and the memory of a step is not its own.</summary>
    [Fact]
    public void A_stream_takes_the_memory_of_its_last_rows()
    {
        using var model = EmotionModel.InOwnCode("light-sernet-streaming-int8");
        using var first = model.CreateStreamMemory();
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var second = model.CreateStreamMemory();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 20_000, 64_000);
    }

    [Fact]
    public void The_answers()
    {
        if (Environment.GetEnvironmentVariable(FileOfAnswers) is { } file)
        {
            File.WriteAllText(file, Text(AnswersOf(Network(), Frames(), 1)));
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
        Assert.Equal(Text(AnswersOf(Network(), Frames(), 1)), await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    private static string Text(float[][] answers) =>
        string.Join(' ', answers.SelectMany(answer => answer).Select(BitConverter.SingleToInt32Bits));

    /// <summary>The answers after each step of a network, so many of which are computed together.</summary>
    private static float[][] AnswersOf(StreamedLightSernet network, float[] frames, int together, float share = 1)
    {
        using var state = network.CreateState();
        using var steps = network.CreateSteps();
        var all = frames.Length / Bands / network.Frames;
        var answers = new float[all * Labels];
        for (var step = 0; step < all; step += together)
        {
            var count = Math.Min(together, all - step);
            var numbers = network.Frames * Bands;
            steps.Compute(
                state, frames.AsSpan(step * numbers, count * numbers), share, keeps: true, answers.AsSpan(step * Labels, count * Labels));
        }

        return [.. answers.Chunk(Labels)];
    }

    private static ReadOnlySpan<float> Of(float[] frames, int step, int count) => frames.AsSpan(step * Step * Bands, count * Step * Bands);

    /// <summary>What might be logarithms of energies of speech, with pauses.</summary>
    private static float[] Frames()
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, Steps * Step).SelectMany(frame => Enumerable.Range(0, Bands).Select(band =>
            (float)((6 * Math.Sin(frame / 9.0) * Math.Sin((band / 5.0) + (frame / 31.0))) - 5 + random.NextDouble() - (frame % 90 > 70 ? 6 : 0))))];
    }

    /// <summary>A network of random weights.</summary>
    /// <param name="steps">Of 16 frames, which it takes as one.</param>
    private StreamedLightSernet Network(int steps = 1)
    {
        var random = new Random(1);
        FirstPath[] paths = [Path(11, 1), Path(1, 9), Path(3, 3)];
        return new StreamedLightSernet
        {
            Card = _card,
            Frames = steps * Step,
            Normalisation = new StreamedNormalisation(
                [.. Enumerable.Range(0, Bands).Select(band => -1 - (band / 32f))], 1.5f, Doubt: 8, Decay: 0.998f, Depth: 7, Least: 0.01f, Limit: 4),
            Paths = new FirstPaths(paths, Bands, 0.02f),
            Body =
            [
                new TileConvolution(Layer(96, 64, 3), new Pool(2, 1, 0.25f, 0.5f), 8 * steps),
                new TileConvolution(Layer(64, 96, 3), new Pool(2, 1, 0.25f, 0.5f), 4 * steps),
                new TileConvolution(Layer(96, 128, 3), new Pool(1, 1, 0.5f, 1), 2 * steps),
                new TileConvolution(Layer(128, 160, 3), Pool.None, steps),
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
