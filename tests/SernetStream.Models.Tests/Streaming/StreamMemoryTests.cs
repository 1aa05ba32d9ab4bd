using SernetStream.Models.Streaming;
using SernetStream.Native;
using SernetStream.Testing;

namespace SernetStream.Models.Tests.Streaming;

/// <summary>A network that streams hears each frame of a stream once, whichever windows hold it.</summary>
public sealed class StreamMemoryTests : IClassFixture<StepsModel>, IDisposable
{
    private const int Step = StepsModel.Frames;
    private const int Width = StepsModel.Width;
    private const int Most = 184;

    private readonly EmotionModel _model;
    private readonly EmotionClassifier _classifier;
    private readonly StreamMemory _memory;
    private readonly AlignedBuffer<float> _window;
    private readonly float[] _stream = new float[1000 * Width];

    public StreamMemoryTests(StepsModel steps)
    {
        _model = EmotionModel.Load(steps.Card);
        _classifier = _model.CreateClassifier();
        _memory = _model.CreateStreamMemory()!;
        _window = _classifier.CreateFeatures();
        var random = new Random(7);
        foreach (ref var value in _stream.AsSpan())
        {
            value = (random.NextSingle() * 10) - 5;
        }
    }

    public void Dispose()
    {
        _memory.Dispose();
        _classifier.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Windows_that_were_never_judged_take_nothing_away(int seed)
    {
        var random = new Random(seed);
        const int Begin = 20;
        for (var end = Begin + Step; end < 800; end += random.Next(1, Most - Step))
        {
            var whole = (end - Begin) / Step * Step;
            AssertAnswer(Begin, Begin + whole, Hear(Math.Max(Begin, end - Most), end));
        }
    }

    [Fact]
    public void What_lies_behind_a_gap_is_heard_alone()
    {
        Hear(0, 100);
        AssertAnswer(200, 296, Hear(200, 300));
        AssertAnswer(200, 304, Hear(204, 305));
    }

    [Fact]
    public void Another_piece_begins_anew()
    {
        Hear(0, 100);
        AssertAnswer(50, 114, Hear(50, 116, piece: 2));
        AssertAnswer(0, 96, Hear(0, 100));
    }

    [Theory]
    [InlineData(97, 104)] // In the midst of a step: the frames behind it fill the step.
    [InlineData(96, 96)]
    [InlineData(40, 40)]
    [InlineData(3, 8)]
    public void A_final_is_judged_by_the_step_with_its_last_frame(int end, int heard)
    {
        AssertAnswer(0, heard, Hear(0, end, isFinal: true));
        _memory.Forget();

        // However far interims have heard by then.
        Hear(0, 64);
        Hear(0, 150);
        AssertAnswer(0, heard, Hear(0, end, isFinal: true));
    }

    [Fact]
    public void The_answers_of_some_seconds_are_kept()
    {
        for (var end = 100; end <= 900; end += 100)
        {
            Hear(Math.Max(0, end - Most), end);
        }

        // Of 112 steps the last 64.
        AssertAnswer(0, 896 - (63 * Step), Hear(0, 9, isFinal: true));
    }

    [Fact]
    public void What_is_less_than_a_step_is_judged_but_heard_again()
    {
        AssertAnswer(0, Step, Hear(0, 3));
        AssertAnswer(0, Step, Hear(0, 0));
        AssertAnswer(0, 16, Hear(0, 17));
    }

    [Fact]
    public void Without_utterances_what_is_longer_ago_counts_less()
    {
        var share = Math.Exp(-Step * 256 / 48000.0);
        for (var end = 60; end < 600; end += 60)
        {
            var answer = Hear(Math.Max(0, end - Most), end, forgets: true);
            Assert.All(
                StepsModel.Answer(_stream.AsSpan(..(end / Step * Step * Width)), share).Zip(answer),
                pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    [Fact]
    public void It_forgets_while_another_thread_hears()
    {
        var stop = false;
        var forgets = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                _memory.Forget();
            }
        });
        forgets.Start();
        for (var turn = 0; turn < 2000; turn++)
        {
            // Whatever was forgotten in between, it is an answer to frames that follow each other up to the newest.
            Assert.Equal(1, Hear(turn % 500, (turn % 500) + 100).Sum(), 1e-5);
        }

        Volatile.Write(ref stop, true);
        forgets.Join();
        _memory.Forget();
        AssertAnswer(300, 396, Hear(300, 400));
    }

    [Fact]
    public void A_frame_that_is_no_number_is_refused_and_changes_nothing()
    {
        Hear(0, 50);
        _stream[60 * Width] = float.NaN;
        Assert.Equal(ModelError.NotFinite, Assert.Throws<ModelException>(() => Hear(0, 70)).Error);
        _stream[60 * Width] = 1;
        AssertAnswer(0, 64, Hear(0, 70));
    }

    [Fact]
    public void What_becomes_no_number_is_forgotten()
    {
        _stream[0] = float.MaxValue;
        _stream[Width] = float.MaxValue;
        Assert.Equal(ModelError.NotFinite, Assert.Throws<ModelException>(() => Hear(0, 50)).Error);
        AssertAnswer(10, 58, Hear(10, 60));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var end = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            end = end > 800 ? Most : end + 30;
            Fill(Math.Max(0, end - Most), end);
            var window = new StreamFrames(1, Math.Max(0, end - Most), Math.Min(end, Most), IsFinal: false, Forgets: true);
            _classifier.Classify(_window, window, _memory);
        }));
    }

    [Fact]
    public void A_window_by_itself_is_judged_as_far_as_it_has_whole_steps()
    {
        _stream.AsSpan(..(Most * Width)).CopyTo(_classifier.Features);
        for (var i = 0; i < 2; i++)
        {
            AssertAnswer(0, Most / Step * Step, _classifier.Classify().ToArray());
        }
    }

    [Fact]
    public void A_recording_of_any_length_is_heard_from_its_first_frame_to_its_last()
    {
        var frontEnd = _model.Card.FrontEnd;
        using var classifier = new RecordingClassifier(_model);
        foreach (var seconds in (double[])[0.03, 0.5, 2.9, 3, 7.77])
        {
            var samples = Enumerable.Range(0, (int)(seconds * 16000)).Select(i => GoldenSignal.Spoken[i % GoldenSignal.Spoken.Length]).ToArray();
            var stream = new Dsp.StreamingFrontEnd(frontEnd, 16000 * 10);
            stream.Write(samples);
            var count = Math.Max(0, ((samples.Length - frontEnd.FrameLength) / frontEnd.HopLength) + 1);
            count = samples.Length < frontEnd.FrameLength ? 0 : count;
            var rows = new float[Math.Max(1, (count + Step - 1) / Step) * Step * Width];
            stream.CopyFrames(0, rows);
            Assert.All(StepsModel.Answer(rows).Zip(classifier.Classify(samples).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
    }

    private float[] Hear(int first, int end, bool isFinal = false, long piece = 1, bool forgets = false)
    {
        Fill(first, end);
        return _classifier.Classify(_window, new StreamFrames(piece, first, end - first, isFinal, forgets), _memory).ToArray();
    }

    private void Fill(int first, int end)
    {
        _window.Span.Clear();
        _stream.AsSpan((first * Width)..((end + Step) * Width)).CopyTo(_window.Span);
    }

    private void AssertAnswer(int begin, int end, float[] answer) => Assert.All(
        StepsModel.Answer(_stream.AsSpan((begin * Width)..(end * Width))).Zip(answer),
        pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
}
