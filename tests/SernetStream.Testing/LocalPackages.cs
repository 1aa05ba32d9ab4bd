namespace SernetStream.Testing;

/// <summary>The project's own NuGet packages, as somebody else's build finds them: in a folder, with no registry.</summary>
public static class LocalPackages
{
    /// <summary>Packs a project of src that is built already.</summary>
    /// <returns>The folder that the package is in.</returns>
    public static async Task<string> PackAsync(TemporaryFolder folder, string project)
    {
        var packages = folder.PathOf("packages");
        var result = await ChildProcess.RunAsync(
            "dotnet",
            ["pack", Repository.PathOf("src", project), "-c", Repository.Configuration, "--no-build", "-o", packages],
            Environment(folder),
            TimeSpan.FromMinutes(5));
        return result.ExitCode == 0
            ? packages
            : throw new InvalidOperationException($"{project} could not be packed: {result.Output}{result.Errors}");
    }

    /// <summary>
    /// Keeps a build's packages to the folder: what another run has packed under the same version is not taken for this one's.
    /// </summary>
    public static Dictionary<string, string> Environment(TemporaryFolder folder) => new()
    {
        ["DOTNET_CLI_HOME"] = folder.FullPath,
        ["DOTNET_NOLOGO"] = "1",
        ["NUGET_PACKAGES"] = folder.PathOf("packages-used"),
    };
}
