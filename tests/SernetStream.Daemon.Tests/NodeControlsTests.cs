using Microsoft.Extensions.Logging;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Publishing.Output;
using SernetStream.State;

namespace SernetStream.Daemon.Tests;

/// <summary>The node accepts every value that a hub is offered.</summary>
public sealed class NodeControlsTests
{
    // Single precision gives values such as 0.4500000179.
    [Theory]
    [InlineData(0.35f, 0.35)]
    [InlineData(0.5f - 0.05f, 0.45)]
    [InlineData(0.55f - 0.1f, 0.45)]
    [InlineData(0.123456f, 0.123)]
    [InlineData(0.001f, 0.01)]
    [InlineData(0f, 0.01)]
    public void The_lowest_threshold_that_is_offered_is_accepted_and_nothing_below(float leave, double lowest)
    {
        var pipeline = new PipelineControls(new SmootherOptions { Leave = leave, Enter = Math.Max(leave, 0.5f) });
        var controls = new NodeControls(pipeline, new LogThreshold(LogLevel.Information));

        Assert.Equal(lowest, controls.LowestEnterThreshold);
        controls.EnterThreshold = controls.LowestEnterThreshold;
        Assert.Equal(lowest, controls.EnterThreshold, 3);
        pipeline.Smoother.Validate();
        Assert.Throws<ArgumentException>(() => controls.EnterThreshold = lowest - 0.001);
    }

    [Fact]
    public void Sensitivity_and_threshold_never_contradict_each_other()
    {
        var points = ModelCatalog.CardOf(ModelCatalog.Default).OperatingPoints!;
        var pipeline = new PipelineControls(SmootherOptions.For(ModelCatalog.CardOf(ModelCatalog.Default)));
        var controls = new NodeControls(pipeline, new LogThreshold(LogLevel.Information), points);
        Assert.Equal(["calm", "normal", "eager"], controls.Sensitivities);
        Assert.Equal("normal", controls.Sensitivity);

        controls.Sensitivity = "eager";
        Assert.Equal(points.At(Sensitivity.Eager).Threshold, (float)controls.EnterThreshold);
        controls.EnterThreshold = 0.6;
        Assert.Equal("custom", controls.Sensitivity);

        // The rounded value that a hub shows and sends back is the same sensitivity.
        controls.EnterThreshold = Math.Round(points.At(Sensitivity.Calm).Threshold, 3);
        Assert.Equal("calm", controls.Sensitivity);
        Assert.Contains("one of calm, normal, eager", Assert.Throws<ArgumentException>(() => controls.Sensitivity = "custom").Message, StringComparison.Ordinal);
        Assert.Equal("calm", controls.Sensitivity);

        var plain = new NodeControls(pipeline, new LogThreshold(LogLevel.Information));
        Assert.Empty(plain.Sensitivities);
        Assert.Throws<ArgumentException>(() => plain.Sensitivity = "calm");
    }

    [Fact]
    public void A_sensitivity_whose_threshold_is_below_leave_is_refused()
    {
        var card = ModelCatalog.CardOf(ModelCatalog.Default);
        var points = card.OperatingPoints!;
        var leave = points.At(Sensitivity.Normal).Threshold;
        Assert.True(leave > points.At(Sensitivity.Eager).Threshold);
        var pipeline = new PipelineControls(SmootherOptions.For(card) with { Leave = leave });
        var controls = new NodeControls(pipeline, new LogThreshold(LogLevel.Information), points);
        Assert.Contains(FormattableString.Invariant($"smoothing.leave, which is {leave}"), Assert.Throws<ArgumentException>(() => controls.Sensitivity = "eager").Message, StringComparison.Ordinal);
        Assert.Equal("normal", controls.Sensitivity);
    }
}
