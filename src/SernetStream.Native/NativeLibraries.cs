using System.Runtime.InteropServices;

namespace SernetStream.Native;

/// <summary>
/// Finds out whether a native library can be loaded before a call would fail in the middle of something.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>True if the library is installed.</summary>
    /// <param name="fileName">Its file name with the version of its interface, such as <c>libsndfile.so.1</c>.</param>
    public static bool IsThere(string fileName) =>
        NativeLibrary.TryLoad(fileName, typeof(NativeLibraries).Assembly, null, out _);

    /// <summary>The sentence for one that is not there.</summary>
    public static string MissingMessage(string fileName, string purpose, string package) =>
        $"{fileName} is needed to {purpose} and is not installed. Install the package {package}: "
        + $"sudo apt install {package}";
}
