using SernetStream.Plugins;

namespace SernetStream.Abstractions.Tests;

public class PluginContractTests
{
    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, 1, false)]
    [InlineData(1, 0, false)]
    [InlineData(-1, 0, false)]
    public void Only_the_same_major_and_no_later_minor_version_works(int major, int minor, bool works)
    {
        var here = PluginContract.Version;
        Assert.Equal(works, PluginContract.Accepts(new Version(here.Major + major, here.Minor + minor)));
    }

    [Fact]
    public void The_version_is_the_one_that_compilers_note() =>
        Assert.Equal(typeof(IEmotionPlugin).Assembly.GetName().Version!.ToString(2), PluginContract.Version.ToString());

    [Theory]
    [InlineData(8000, 1, 1, null)]
    [InlineData(192000, 4, 32, null)]
    [InlineData(7999, 2, 1, "7999 Hz")]
    [InlineData(192001, 2, 1, "192001 Hz")]
    [InlineData(16000, 0, 1, "0 bytes")]
    [InlineData(16000, 5, 1, "5 bytes")]
    [InlineData(16000, 2, 0, "0 channels")]
    [InlineData(16000, 2, 33, "33 channels")]
    public void A_format_says_what_is_wrong_with_it(int rate, int width, int channels, string? problem)
    {
        var said = new AudioFormat(rate, width, channels).Problem();
        Assert.Equal(problem is null, said is null);
        Assert.Contains(problem ?? "", said ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_is_readable() =>
        Assert.Equal("16000 Hz, 16 bit, mono", AudioFormat.Voice.ToString());
}
