using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Configuration;
using SernetStream.Diary;
using SernetStream.Models;
using SernetStream.Publishing;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

/// <summary>Which failures a service manager tries again.</summary>
public class FailureTests
{
    public static TheoryData<string> Missing => [.. MissingErrors().Select(error => error.Name)];

    [Theory]
    [MemberData(nameof(Missing))]
    public void What_is_not_installed_has_an_exit_code_of_its_own(string name) =>
        Assert.Equal(ExitCode.Missing, Failure.ExitCodeOf(MissingErrors().Single(error => error.Name == name).Error));

    [Fact]
    public void A_publisher_that_cannot_work_as_it_is_configured_is_a_wrong_configuration() =>
        Assert.Equal(ExitCode.Usage, Failure.ExitCodeOf(new PublisherException("It cannot work.")));

    [Theory]
    [InlineData("packaging", "systemd", "sernetd.service")]
    [InlineData("configs", "cluster", "sernet-silo@.service")]
    public void A_service_is_not_started_again_for_a_wrong_configuration_or_for_what_is_not_installed(params string[] unit) =>
        Assert.Contains($"RestartPreventExitStatus={ExitCode.Usage} {ExitCode.Missing}", File.ReadAllLines(Repository.PathOf(unit)));

    private static IEnumerable<(string Name, Exception Error)> MissingErrors() =>
    [
        .. Of<AudioFileError>(error => new AudioFileException(error, "file", "There is none.")),
        .. Of<AudioDeviceError>(error => new AudioDeviceException(error, "There is none.")),
        .. Of<DiaryFault>(fault => new DiaryException(fault, "There is none.")),
        .. Of<ModelError>(error => new ModelException(error, "There is none.")),
    ];

    private static IEnumerable<(string Name, Exception Error)> Of<T>(Func<T, Exception> make)
        where T : struct, Enum =>
        from value in Enum.GetValues<T>()
        where $"{value}" is not "Missing" and var name && name.EndsWith("Missing", StringComparison.Ordinal)
        select ($"{typeof(T).Name}.{value}", make(value));
}
