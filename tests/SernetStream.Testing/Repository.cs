using System.Reflection;

namespace SernetStream.Testing;

/// <summary>Paths of files that tests read.</summary>
public static class Repository
{
    /// <summary>The root of the checkout that these tests were built from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A path below the root of the checkout.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A corpus folder beside the checkout, such as <c>emodb</c>; it may be absent.</summary>
    public static string Dataset(string name) =>
        Path.GetFullPath(Path.Combine(Root, "..", "shared", "datasets", name));

    /// <summary>The built <c>sernetd.dll</c> of the same configuration as the running tests.</summary>
    public static string Daemon { get; } = PathOf(
        "src", "SernetStream.Daemon", "bin", Configuration, "net10.0", "sernetd.dll");

    /// <summary>The configuration of the running tests, such as <c>Release</c>.</summary>
    public static string Configuration =>
        typeof(Repository).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    private static string FindRoot()
    {
        // The build maps source paths away, so we search the root from the test assembly upwards.
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SernetStream.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"There is no SernetStream.sln above {AppContext.BaseDirectory}.");
    }
}
