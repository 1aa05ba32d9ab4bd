using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests.Segmentation;

public class WindowScheduleTests
{
    private const int Step = ISpeechDetector.StepLength;

    /// <summary>One character a step: # the gate is open, . it is closed. Windows as steps: start-end, ! if final.</summary>
    [Theory]
    [InlineData("..##########..", 4, "2-6 2-10 2-12!")]
    [InlineData("..###..", 4, "2-5!")]
    [InlineData("#########", 2, "0-2 0-4 0-6 0-8")]
    [InlineData("..####..####..", 4, "2-6 2-6! 8-12 8-12!")]
    public void An_utterance_is_judged_every_hop_and_as_a_whole(string steps, int hop, string expected) =>
        Assert.Equal(expected, Windows(new UtteranceSchedule(hop * Step), steps));

    [Fact]
    public void A_hop_that_is_no_whole_number_of_steps_is_kept_on_the_average() =>
        Assert.Equal("0-3 0-5 0-8 0-10", Windows(new UtteranceSchedule(5 * Step / 2), new string('#', 10)));

    [Theory]
    // Eight steps a window, of which half must be speech.
    [InlineData("################", "0-4 0-8 4-12 8-16")]
    [InlineData("........####........", "4-12 8-16")]
    [InlineData("........###.........", "")]
    [InlineData("....#.#.#.#.....", "4-12")]
    [InlineData("................", "")]
    public void A_sliding_window_is_judged_if_enough_of_it_is_speech(string steps, string expected) =>
        Assert.Equal(expected, Windows(new SlidingSchedule(4 * Step, 8 * Step, 0.5), steps));

    private static string Windows(IWindowSchedule schedule, string steps)
    {
        var found = new List<string>();
        var (start, end, wasOpen) = (0, 0, false);
        for (var i = 0; i < steps.Length; i++)
        {
            var isOpen = steps[i] == '#';
            var transition = isOpen == wasOpen ? GateTransition.None : isOpen ? GateTransition.Opened : GateTransition.Closed;
            start = transition == GateTransition.Opened ? i : start;
            end = transition == GateTransition.Closed ? i : end;
            wasOpen = isOpen;
            var due = schedule.Next(
                new GateStep((i + 1L) * Step, transition, isOpen, start * Step, end * Step), out var from, out var to);
            if (due != DueWindow.None)
            {
                found.Add($"{from / Step}-{to / Step}{(due == DueWindow.Final ? "!" : "")}");
            }
        }

        return string.Join(' ', found);
    }
}
