namespace SernetStream.Speech.Tests;

public class SpeechGateTests
{
    private const int Step = ISpeechDetector.StepLength;

    // In steps: 2 to open, 4 of silence to close, 1 of padding, at most 32 in an utterance.
    private static readonly SpeechGateOptions Options = new()
    {
        MinSpeechSeconds = 2 * 0.032,
        MinSilenceSeconds = 4 * 0.032,
        PadSeconds = 0.032,
        MaxUtteranceSeconds = 32 * 0.032,
    };

    [Theory]
    [InlineData("", 2)]
    [InlineData("..", 2)]
    [InlineData(".#", 1)]
    [InlineData(".#.", 2)]
    [InlineData("##", 4)]
    [InlineData("##.", 3)]
    [InlineData("##...", 1)]
    [InlineData("##..#", 4)]
    [InlineData("##....", 2)]
    // Cut after 32 steps.
    [InlineData("###############################", 1)]
    [InlineData("#############################", 3)]
    public void It_says_how_soon_it_can_change(string steps, int expected)
    {
        var gate = new SpeechGate(Options);
        foreach (var step in steps)
        {
            gate.Step(step == '#' ? 0.9f : 0.1f);
        }

        Assert.Equal(expected, gate.StepsUntilChange);
    }

    [Theory]
    [InlineData("....", "....", false)]
    [InlineData("....", "...#", true)]
    [InlineData("....", ".###", true)]
    [InlineData("....", "##..", false)]
    // What is known better may also be less.
    [InlineData("...#", "....", false)]
    public void Steps_that_are_judged_anew_count_as_if_they_had_been_known(string steps, string better, bool opens)
    {
        var gate = new SpeechGate(Options);
        foreach (var step in steps)
        {
            gate.Step(Level(step));
        }

        gate.Revise([.. better.Select(Level)]);
        Assert.False(gate.IsOpen);
        Assert.Equal(opens ? GateTransition.Opened : GateTransition.None, gate.Step(0.9f));
        Assert.Equal(opens ? Math.Max(0, better.IndexOf('#', StringComparison.Ordinal) - 1) * Step : 0, gate.Start);

        static float Level(char step) => step == '#' ? 0.9f : 0.1f;
    }

    [Fact]
    public void Speech_that_was_about_to_open_it_does_not_count_after_a_break()
    {
        var gate = new SpeechGate(Options);
        gate.Step(0.9f);
        gate.Finish();

        Assert.Equal(GateTransition.None, gate.Step(0.9f));
        Assert.Equal(GateTransition.Opened, gate.Step(0.9f));
    }

    [Fact]
    public void It_never_changes_sooner_than_it_says()
    {
        var random = new Random(7);
        var gate = new SpeechGate(Options);
        for (var (i, earliest) = (0L, 0L); i < 20_000; i++)
        {
            earliest = Math.Max(earliest, i + gate.StepsUntilChange - 1);
            if (gate.Step((float)random.NextDouble()) != GateTransition.None)
            {
                Assert.True(i >= earliest);
                earliest = 0;
            }
        }
    }

    /// <summary>One character for each step: # speech, - between the thresholds, . silence.</summary>
    [Theory]
    [InlineData("....", "")]
    [InlineData("..#..#...", "")]
    [InlineData("..##....", "1-5")]
    [InlineData("..#-....", "1-5")]
    [InlineData("..-#....", "")]
    [InlineData("..##...##....", "1-10")]
    [InlineData("..##--------....", "1-13")]
    [InlineData("##....", "0-3")]
    [InlineData("##....##....", "0-3 5-9")]
    [InlineData("..###", "1-5")]
    [InlineData("..###.", "1-6")]
    [InlineData("################################################", "0-32 32-48")]
    public void Utterances_are_found(string steps, string expected)
    {
        var gate = new SpeechGate(Options);
        var found = new List<string>();
        foreach (var step in steps)
        {
            Note(gate.Step(step switch { '#' => 0.9f, '-' => 0.4f, _ => 0.1f }));
        }

        Note(gate.Finish());
        Assert.Equal(expected, string.Join(' ', found));
        Assert.False(gate.IsOpen);

        void Note(GateTransition transition)
        {
            Assert.Equal(transition == GateTransition.Opened, transition != GateTransition.Closed && gate.IsOpen && transition != GateTransition.None);
            if (transition == GateTransition.Closed)
            {
                found.Add($"{gate.Start / Step}-{gate.End / Step}");
            }
        }
    }

    [Fact]
    public void Utterances_never_overlap_and_always_hold_something()
    {
        var random = new Random(7);
        var gate = new SpeechGate(Options);
        var lastEnd = 0L;
        var utterances = 0;
        for (var i = 0; i < 100_000; i++)
        {
            if (gate.Step((float)Math.Pow(random.NextDouble(), 1 + Math.Sin(i / 50.0))) == GateTransition.Closed)
            {
                Assert.True(gate.Start >= lastEnd && gate.End > gate.Start);
                Assert.InRange(gate.End, gate.Start + 1, (i + 1L) * Step);
                Assert.InRange(((i + 1L) * Step) - gate.End, 0, gate.LongestHangover);
                Assert.InRange(gate.End - gate.Start, 1, 32 * Step);
                lastEnd = gate.End;
                utterances++;
            }
        }

        Assert.InRange(utterances, 100, 100_000);
    }

    [Theory]
    [InlineData(0f, 0.1f, "openThreshold is 0")]
    [InlineData(0.5f, 0.6f, "closeThreshold is 0.6")]
    public void Thresholds_that_make_no_sense_are_refused(float open, float close, string because)
    {
        var error = Assert.Throws<ArgumentException>(
            () => new SpeechGate(new SpeechGateOptions { OpenThreshold = open, CloseThreshold = close }));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }
}
