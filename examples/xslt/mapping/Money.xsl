<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template name="money">
    <xsl:param name="amount"/>
    <xsl:value-of select="format-number($amount, '#,##0.00')"/>
  </xsl:template>
</xsl:stylesheet>
