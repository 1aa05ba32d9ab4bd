namespace SernetStream.Testing;

/// <summary>The project's own NuGet packages in a folder, as a build without a registry finds them.</summary>
public static class LocalPackages
{
    /// <summary>Packs a project of src that is already built.</summary>
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
    /// Gives a build its own package cache. Otherwise it could use a package that another run packed under the same version.
    /// </summary>
    public static Dictionary<string, string> Environment(TemporaryFolder folder) => new()
    {
        ["DOTNET_CLI_HOME"] = folder.FullPath,
        ["DOTNET_NOLOGO"] = "1",
        ["NUGET_PACKAGES"] = folder.PathOf("packages-used"),
    };
}
