using System.Xml.Linq;
using SernetStream.Evaluation.Plots;
using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Tests;

public class ReliabilityPlotTests
{
    [Fact]
    public void A_bar_is_as_high_as_its_accuracy_and_a_circle_says_how_high_it_should_be()
    {
        var scores = new CertaintyScores();
        for (var i = 0; i < 4; i++)
        {
            scores.Add(0.9f, isRight: i > 0, isUnknown: false);
        }

        scores.Add(0.5f, isRight: false, isUnknown: false);
        var svg = XDocument.Parse(ReliabilityPlot.Draw("Mine & <yours>", scores));
        var name = svg.Root!.Name.Namespace;
        Assert.Equal("Mine & <yours>", svg.Root.Element(name + "title")!.Value);
        Assert.Contains("Confidence 0.87 to 0.93: 75 % of 4 right.", svg.Root.Element(name + "desc")!.Value, StringComparison.Ordinal);
        Assert.Equal(2, svg.Descendants(name + "circle").Count());
        var bars = svg.Descendants(name + "rect").Where(bar => (string?)bar.Attribute("fill") == "#1f4e87").Select(bar => (double)bar.Attribute("height")!);
        Assert.Equal([0, 315], bars);
        Assert.Contains(svg.Descendants(name + "text"), text => text.Value.StartsWith("5 answers, calibration error 0.220", StringComparison.Ordinal));
    }
}
