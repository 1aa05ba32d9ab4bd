using Microsoft.Extensions.Logging;
using SernetStream.Daemon.Hosting;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Daemon.Tests;

/// <summary>What a hub is offered is what the node accepts.</summary>
public sealed class NodeControlsTests
{
    // 0.4500000179 and the like: what remains when single precision is reckoned with.
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
}
