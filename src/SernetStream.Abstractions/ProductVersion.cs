using System.Reflection;

namespace SernetStream;

/// <summary>The version of this product, which all its assemblies have.</summary>
internal static class ProductVersion
{
    /// <summary>Without the commit it was built from, such as <c>1.2.3</c>.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
}
