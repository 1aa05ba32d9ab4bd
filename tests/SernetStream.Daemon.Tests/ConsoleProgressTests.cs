using SernetStream.Daemon.Commands;
using SernetStream.Evaluation.Plots;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

public class ConsoleProgressTests
{
    [Fact]
    public void It_draws_on_a_terminal_and_makes_room_for_output()
    {
        var terminal = new StringWriter();
        var output = new StringWriter();
        var clock = new ManualTime();
        using (var progress = new ConsoleProgress(4, "files", terminal, 80, clock))
        {
            progress.Step();
            Assert.Contains("1/4 files", terminal.ToString(), StringComparison.Ordinal);
            var drawn = terminal.ToString().Length;
            progress.Step();
            Assert.Equal(drawn, terminal.ToString().Length);
            clock.Advance(TimeSpan.FromSeconds(3));
            progress.Step();
            Assert.Contains("3/4 files, 1 s left", terminal.ToString(), StringComparison.Ordinal);
            progress.WriteLine(output, "anger");
        }

        Assert.EndsWith("\r\u001b[K", terminal.ToString(), StringComparison.Ordinal);
        Assert.Equal("anger\n", output.ToString());
    }

    [Fact]
    public void Nobody_looks_nothing_is_drawn()
    {
        var output = new StringWriter();
        using var progress = new ConsoleProgress(2, "files", terminal: null);
        progress.Step();
        progress.WriteLine(output, "x");
        Assert.Equal("x\n", output.ToString());
    }

    [Fact]
    public void A_confusion_matrix_is_well_formed_and_says_its_numbers()
    {
        var svg = ConfusionPlot.Draw("Mine & yours", ["anger", "<fear>"], new[,] { { 3, 1 }, { 0, 0 } });
        var document = System.Xml.Linq.XDocument.Parse(svg);
        var texts = document.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToList();
        Assert.Contains("75 %", texts);
        Assert.Contains("25 %", texts);
        Assert.Contains("<fear>", texts);
        Assert.Equal(5, document.Descendants().Count(element => element.Name.LocalName == "rect"));
        Assert.Contains("anger: 3 of 4 right.", svg, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ConfusionPlot.Draw("", ["a"], new int[2, 2]));
    }
}
